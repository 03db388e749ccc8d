"""The values that flow between operators: numbers with validity, texts, lists. Unknown is invalid, never a value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[Any]  # bool, int64, uint64 or float64

LARGEST_BYTES = 1 << 28
"""A column larger than this is a fault of the rule that asks for it."""


@dataclass(frozen=True, slots=True)
class Flat:
    """Bools or numbers; `values` mean nothing where `valid` is false. Length 1 stands for every row."""

    values: Numbers
    valid: Bools


@dataclass(frozen=True, slots=True)
class Text:
    """Texts; null is unknown. Length 1 stands for every row."""

    array: pa.StringArray


@dataclass(frozen=True, slots=True)
class Lists:
    """A list a row: its elements one after another, and the row of each. `valid` has one flag a row."""

    parents: Ints
    items: "Flat | Text"
    valid: Bools


Column = Flat | Text | Lists


def from_arrow(array: pa.Array) -> Column:
    """Turn a column of the event into a value; numbers are Arrow's own memory."""
    kind = array.type
    if pa.types.is_string(kind):
        return Text(array)
    valid = known_rows(array)
    if pa.types.is_list(kind):
        offsets = _stored(array, np.dtype(np.int32), 1)
        lengths = np.where(valid, offsets[1:] - offsets[:-1], 0)
        parents = np.repeat(np.arange(len(array), dtype=np.int64), lengths)
        whole = len(parents) == offsets[-1] - offsets[0]  # else nulls have elements too
        items = from_arrow(array.values.slice(int(offsets[0]), len(parents)) if whole else array.flatten())
        assert not isinstance(items, Lists)
        return Lists(parents, items, valid)
    if pa.types.is_boolean(kind):
        return Flat(_bits(array, 1), valid)
    stored = _stored(array, np.dtype(kind.to_pandas_dtype()))
    return Flat(stored.astype(np.float64 if pa.types.is_floating(kind) else np.int64, copy=False), valid)


def known_rows(array: pa.Array) -> Bools:
    """Which values of an Arrow array are not null."""
    if array.null_count == 0:
        return np.ones(len(array), dtype=np.bool_)
    return _bits(array, 0)


def _stored(array: pa.Array, kind: np.dtype[Any], more: int = 0) -> Numbers:
    """The numbers of an Arrow array's second buffer, nulls included, which may be anything."""
    buffer = array.buffers()[1]
    size = len(array) + more
    if buffer is None:
        return np.zeros(size, dtype=kind)
    return np.frombuffer(buffer, dtype=kind, count=size, offset=array.offset * kind.itemsize)


def _bits(array: pa.Array, number: int) -> Bools:
    """A buffer of bits as one bool a row."""
    buffer = array.buffers()[number]
    if buffer is None:
        return np.zeros(len(array), dtype=np.bool_)
    first, skip = divmod(array.offset, 8)
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8, offset=first), count=skip + len(array), bitorder="little")
    return bits[skip:].view(np.bool_)


def without_nulls(array: pa.Array, instead: bool | int) -> Numbers:
    """The values of an Arrow array of numbers or bools, with something in the place of nulls."""
    filled = array if array.null_count == 0 else pc.fill_null(array, instead)
    values: Numbers = filled.to_numpy(zero_copy_only=False)
    return values


def constant(value: bool | int | float | str) -> Column:
    """A value that stands for every row."""
    if isinstance(value, str):
        return Text(pa.array([value], pa.string()))
    return Flat(np.array([value]), np.ones(1, dtype=np.bool_))


def flags(array: pa.Array) -> Flat:
    """An Arrow bool array with nulls as a value."""
    return Flat(without_nulls(array, False), known_rows(array))


def spread_rows(column: Flat | Text, rows: Ints) -> Flat | Text:
    """Take the value of each of `rows`; a value for every row stays as it is.

    Raises: MemoryError, before it is made, where the outcome would be out of proportion.
    """
    if isinstance(column, Text):
        return column if len(column.array) == 1 else Text(_taken(column.array, pa.array(rows)))
    return column if len(column.values) == 1 else Flat(column.values[rows], column.valid[rows])


def _taken(array: pa.StringArray, rows: pa.Array) -> pa.StringArray:
    """A long text with a long list would be copied once an element."""
    if len(rows) > len(array):
        size = pc.sum(pc.binary_length(array).take(rows)).as_py() or 0
        if size > LARGEST_BYTES:
            raise MemoryError(f"texts of {size} bytes in all, the limit is {LARGEST_BYTES}")
    return array.take(rows)


def full(column: Flat, length: int) -> Flat:
    """A flat value with one entry a row."""
    if len(column.values) == length:
        return column
    return Flat(np.broadcast_to(column.values, (length,)), np.broadcast_to(column.valid, (length,)))


def take_rows(column: Column, rows: Ints) -> Column:
    """The values of some rows; a value for every row stays as it is. `rows` ascend."""
    if not isinstance(column, Lists):
        return spread_rows(column, rows)
    starts = np.searchsorted(column.parents, rows, side="left")
    lengths = np.searchsorted(column.parents, rows, side="right") - starts
    parents = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    within = np.arange(len(parents), dtype=np.int64) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Lists(parents, _elements(column.items, starts[parents] + within), column.valid[rows])


def _elements(items: Flat | Text, numbers: Ints) -> Flat | Text:
    """Some elements; a list with one element is no value for every row."""
    if isinstance(items, Text):
        return Text(items.array.take(pa.array(numbers)))
    return Flat(items.values[numbers], items.valid[numbers])


def bytes_of(column: Column) -> int:
    """Memory of a value."""
    match column:
        case Flat(values=values):
            return int(values.nbytes)
        case Text(array=array):
            return int(array.nbytes)
        case Lists(items=items, parents=parents):
            return bytes_of(items) + int(parents.nbytes)
