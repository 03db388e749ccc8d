"""Turn a table of the warehouse into ClickHouse's statements, and its rows into what they take."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.warehouse.days import DAY_US
from skywarden.warehouse.spec import TableSpec

CURSORS = "CREATE TABLE IF NOT EXISTS _cursor (source String, upto Int64) ENGINE = MergeTree ORDER BY source"

_TYPES = {pa.int64(): "Int64", pa.int8(): "Int8", pa.int32(): "Int32", pa.bool_(): "Bool"}
_TYPES |= {pa.float64(): "Float64", pa.string(): "String"}


def create_texts(spec: TableSpec) -> list[str]:
    """A table of rows, and the view under the table's own name that queries see."""
    never_null = {*spec.sort, spec.key, spec.time}
    columns = [f'"{one.name}" {_type(spec, one, one.name in never_null)}' for one in spec.columns]
    columns += ["day Date", "part LowCardinality(String)"]
    order = ", ".join(f'"{name}"' for name in spec.sort)
    computed = "".join(f", {expression} AS {name}" for name, expression in spec.computed)
    return [
        f"CREATE TABLE IF NOT EXISTS _{spec.name} ({', '.join(columns)}) ENGINE = MergeTree "
        f"PARTITION BY toYYYYMM(day) ORDER BY ({order}) SETTINGS index_granularity = 8192",
        f"CREATE OR REPLACE VIEW {spec.name} AS SELECT *{computed} FROM _{spec.name}",  # noqa: S608 - ours
    ]


def stored_rows(spec: TableSpec, rows: pa.Table, part: str) -> pa.Table:
    """Rows with their day and part; a list that is null is empty there, for ClickHouse has no null lists."""
    made = spec.conform(rows)
    for place, one in enumerate(spec.columns):
        if pa.types.is_list(one.type):
            filled = pc.fill_null(made.column(one.name), pa.scalar([], one.type))
            made = made.set_column(place, pa.field(one.name, one.type), filled)
    days = np.asarray(made.column(spec.time).to_numpy()) // DAY_US
    made = made.append_column("day", pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32()))
    return made.append_column("part", pa.repeat(pa.scalar(part), len(made)))


def _type(spec: TableSpec, field: pa.Field, never_null: bool) -> str:
    if pa.types.is_list(field.type):
        return f"Array(Nullable({_TYPES[field.type.value_type]}))"
    plain = _TYPES[field.type] if never_null else f"Nullable({_TYPES[field.type]})"
    return f"LowCardinality({plain})" if field.name in spec.few_values else plain
