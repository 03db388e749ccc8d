"""A column of the event is read as Arrow would read it, wherever a slice of it begins."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.engine.columns import Column, Flat, Lists, Text, from_arrow, take_rows

VALUES = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.string(): st.text(max_size=4),
    pa.list_(pa.string()): st.lists(st.none() | st.text(max_size=2), max_size=3),
    pa.list_(pa.bool_()): st.lists(st.none() | st.booleans(), max_size=3),
}


def plain(column: Column) -> list[object]:
    """A value a row; None is unknown."""
    match column:
        case Text(array=array):
            return list(array.to_pylist())
        case Flat(values=values, valid=valid):
            return [value if known else None for value, known in zip(values.tolist(), valid.tolist(), strict=True)]
        case Lists(parents=parents, items=items, valid=valid):
            rows: list[list[object]] = [[] for _ in valid]
            for parent, item in zip(parents.tolist(), plain(items), strict=True):
                rows[parent].append(item)
            return [row if known else None for row, known in zip(rows, valid.tolist(), strict=True)]


@pytest.mark.parametrize("kind", VALUES, ids=str)
@given(data=st.data())
def test_any_slice_of_any_column_reads_as_arrow_says(kind: pa.DataType, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=40))
    start = data.draw(st.integers(0, len(values)))
    array = pa.array(values, kind)[start:]
    column = from_arrow(array)
    assert plain(column) == values[start:]
    rows = sorted(data.draw(st.sets(st.integers(0, len(array) - 1)))) if len(array) > 1 else []
    if rows:
        assert plain(take_rows(column, pa.array(rows).to_numpy())) == [values[start:][row] for row in rows]
