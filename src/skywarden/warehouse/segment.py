"""Turn rows of one day and part into the bytes of a Parquet file, and columns of it back into rows.

A column that is null, or the same, in every row of a file is noted in the file's footer: who reads it by columns need
not touch it, and most columns of an event are so (a like has no text).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from skywarden.kernel.errors import Broken
from skywarden.warehouse.spec import TableSpec

_LEVEL = 1
_FIXED = b"skywarden.fixed"
_ASCENDING = frozenset({"seq", "created_at_us"})
"""Columns of numbers, beside key and time, that are close to the one before."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The columns of a file that need not be read: null in every row, or one value in every row."""

    nulls: frozenset[str] = field(default=frozenset())
    values: Mapping[str, Any] = field(default_factory=dict)


def fixed_of(rows: pa.Table) -> Fixed:
    """Look at every column. Lists count as fixed only when they are null throughout."""
    nulls = frozenset(name for name in rows.schema.names if rows.column(name).null_count == len(rows))
    values: dict[str, Any] = {}
    for one in rows.schema:
        column = rows.column(one.name)
        if one.name in nulls or column.null_count or pa.types.is_list(one.type) or not len(rows):
            continue
        first = column[0]
        if pc.all(pc.equal(column, first)).as_py():
            values[one.name] = first.as_py()
    return Fixed(nulls, values)


def fixed_in_all(found: Sequence[Fixed]) -> Fixed:
    """What stays fixed when the rows of several files come into one."""
    nulls = frozenset.intersection(*(one.nulls for one in found))
    first = found[0].values
    same = {name: value for name, value in first.items() if all(one.values.get(name) == value for one in found[1:])}
    return Fixed(nulls, same)


def encode_segment(spec: TableSpec, chunks: Iterable[pa.Table], fixed: Fixed) -> bytes:
    """Pack rows, which are in the table's order, into one file with row groups of the table's size."""
    note = msgspec.json.encode({"nulls": sorted(fixed.nulls), "values": fixed.values})
    schema = spec.columns.with_metadata({_FIXED: note})
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, **_options(spec)) as writer:
        for group in _groups(chunks, spec.row_group):
            writer.write_table(group.replace_schema_metadata(schema.metadata), row_group_size=spec.row_group)
    return bytes(sink.getvalue())


def checksum(data: bytes) -> str:
    """SHA-256: what `verify` compares."""
    return hashlib.sha256(data).hexdigest()


def fields_of(spec: TableSpec) -> str:
    """A name for the table's columns, which differs when they do."""
    return hashlib.sha256(str(spec.columns).encode()).hexdigest()[:12]


def read_fixed(file: pq.ParquetFile) -> Fixed:
    """What the footer notes."""
    note = (file.schema_arrow.metadata or {}).get(_FIXED)
    if note is None:
        return Fixed()
    found = msgspec.json.decode(note)
    return Fixed(frozenset(found["nulls"]), found["values"])


def open_segment(path: Path) -> pq.ParquetFile:
    """Open a file. Raises: Broken, when it is not what was written; FileNotFoundError, when it is there no more."""
    try:
        return pq.ParquetFile(path, memory_map=True)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise Broken(f"{path}: cannot be read: {error}; see `skywarden warehouse verify`") from error


def read_rows(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """All rows of a file. Raises: as `open_segment`."""
    with open_segment(path) as file:
        try:
            held = set(file.schema_arrow.names)
            wanted = None if columns is None else [name for name in columns if name in held]
            return file.read(columns=wanted, use_threads=False).replace_schema_metadata(None)
        except (pa.ArrowInvalid, OSError) as error:
            raise Broken(f"{path}: cannot be read: {error}; see `skywarden warehouse verify`") from error


def read_chunks(path: Path, spec: TableSpec) -> Iterator[pa.Table]:
    """The rows of a file, one row group after the other, as rows of the table."""
    with open_segment(path) as file:
        for group in range(file.num_row_groups):
            yield spec.conform(file.read_row_group(group, use_threads=False))


def _options(spec: TableSpec) -> dict[str, Any]:
    by_number, encodings = [], {}
    for one in spec.columns:
        path = f"{one.name}.list.element" if pa.types.is_list(one.type) else one.name
        if one.name in spec.few_values:
            by_number.append(path)
        elif pa.types.is_integer(one.type) and (one.name in (spec.key, spec.time) or one.name in _ASCENDING):
            encodings[path] = "DELTA_BINARY_PACKED"
    bounded = {spec.key, spec.time, *spec.sort}
    return {
        "compression": "zstd",
        "compression_level": _LEVEL,
        "use_dictionary": by_number or False,
        "column_encoding": encodings or None,
        "write_statistics": sorted(bounded),
        "write_page_index": False,
    }


def _groups(chunks: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Rows in tables of `size`, the last one smaller."""
    waiting: list[pa.Table] = []
    count = 0
    for chunk in chunks:
        waiting.append(chunk)
        count += len(chunk)
        if count >= size:
            rows = pa.concat_tables(waiting)
            whole = count - count % size
            for start in range(0, whole, size):
                yield rows.slice(start, size)
            waiting, count = [rows.slice(whole)], count - whole
    if count:
        yield pa.concat_tables(waiting)
