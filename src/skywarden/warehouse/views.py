"""Turn a manifest into one SELECT a table, in DuckDB's words: what queries see under the table's name."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from skywarden.warehouse.manifest import Manifest, Segment
from skywarden.warehouse.segment import fields_of
from skywarden.warehouse.spec import TableSpec

_HIVE = "hive_partitioning = true, hive_types = {'day': DATE, 'part': VARCHAR}"
_TYPES = {pa.int64(): "BIGINT", pa.int8(): "TINYINT", pa.int32(): "INTEGER", pa.bool_(): "BOOLEAN"}
_TYPES |= {pa.float64(): "DOUBLE", pa.string(): "VARCHAR"}


def view_texts(folder: Path, manifest: Manifest, specs: Mapping[str, TableSpec]) -> dict[str, str]:
    """A SELECT for every table; one without segments has its columns and no rows."""
    return {name: _select(folder, spec, manifest.of(name)) for name, spec in specs.items()}


def _select(folder: Path, spec: TableSpec, segments: list[Segment]) -> str:
    computed = "".join(f", {expression} AS {_name(name)}" for name, expression in spec.computed)
    rows = _files(folder, spec, segments) if segments else _nothing(spec)
    return f"SELECT *{computed} FROM {rows}"  # noqa: S608 - our own names and paths, quoted


def _files(folder: Path, spec: TableSpec, segments: Iterable[Segment]) -> str:
    held = list(segments)
    # Files of another version of the table are matched by the names of their columns, which costs opening each.
    union = "" if {one.fields for one in held} == {fields_of(spec)} else ", union_by_name = true"
    paths = ", ".join(_text(str(folder.resolve() / one.path)) for one in held)
    return f"read_parquet([{paths}], {_HIVE}{union})"


def _nothing(spec: TableSpec) -> str:
    columns = [f"CAST(NULL AS {_type(one.type)}) AS {_name(one.name)}" for one in spec.columns]
    columns += ["CAST(NULL AS DATE) AS day", "CAST(NULL AS VARCHAR) AS part"]
    return f"(SELECT {', '.join(columns)} WHERE false)"


def _type(kind: pa.DataType) -> str:
    return f"{_type(kind.value_type)}[]" if pa.types.is_list(kind) else _TYPES[kind]


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
