"""Turn the cells that kernels filled into an Arrow record batch of `ROW_SCHEMA`."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.gather_kernel import copy_cids, copy_spans, offsets_of
from skywarden.ingest.columnar.json_kernel import CID_CHARS
from skywarden.ingest.columnar.layout import Bytes, Ints, Offsets, Room
from skywarden.ingest.contract import ROW_SCHEMA
from skywarden.ingest.normalize.domains import link_domains
from skywarden.ingest.normalize.times import created_micros

_STRINGS = pa.list_(pa.string())


def assemble(buf: Bytes, room: Room, source: str) -> pa.RecordBatch:
    """Make all columns of all rows."""
    cells, rows = room.cells, len(room.cells)
    _read_odd_times(buf, cells)
    used = (cells != layout.NULL).any(axis=0)
    arrays: dict[str, pa.Array] = {"source": pa.repeat(pa.scalar(source), rows)}
    for name, cell in zip(layout.INTS, range(layout.SEQ, layout.CREATED + 1), strict=True):
        arrays[name] = _ints(name, cells[:, cell])
    for number, name in enumerate(layout.SPANS):
        if used[2 * number + 1]:
            arrays[name] = _strings(buf, cells[:, 2 * number], cells[:, 2 * number + 1])
    if used[layout.RECORD + 1]:
        arrays["record"] = _strings(room.json, cells[:, layout.RECORD], cells[:, layout.RECORD + 1])
    for cell, name in enumerate(layout.CIDS, layout.CID):
        if used[cell]:
            arrays[name] = _cids(buf, cells[:, cell])
    for number, name in enumerate(layout.LISTS):
        if used[layout.LIST_LENGTH + number]:
            lengths, items = cells[:, layout.LIST_LENGTH + number], room.items[number]
            arrays[name] = _lists(buf, lengths, items, of_cids=number == layout.IMAGE_CIDS)
    if "links" in arrays:
        arrays["domains"] = _domains(arrays["links"])
    return pa.RecordBatch.from_arrays([_or_nulls(arrays, field, rows) for field in ROW_SCHEMA], schema=ROW_SCHEMA)


def _or_nulls(arrays: dict[str, pa.Array], field: pa.Field, rows: int) -> pa.Array:
    found = arrays.get(field.name)
    return pa.nulls(rows, field.type) if found is None else found


def _read_odd_times(buf: Bytes, cells: Ints) -> None:
    """Read the few `createdAt` that are not of the usual form as the live path does."""
    for row in np.flatnonzero(cells[:, layout.ODD_CREATED + 1] >= 0):
        start, length = cells[row, layout.ODD_CREATED], cells[row, layout.ODD_CREATED + 1]
        micros = created_micros(buf[start : start + length].tobytes().decode())
        cells[row, layout.CREATED] = layout.NO_TIME if micros is None else micros


def _ints(name: str, values: Ints) -> pa.Array:
    kind = ROW_SCHEMA.field(name).type
    null = layout.NO_TIME if name.endswith("_us") else layout.NULL
    absent = values == null
    if kind == pa.bool_():
        return pa.array(values == 1, kind, mask=absent)
    return pa.array(np.ascontiguousarray(values).astype(kind.to_pandas_dtype()), kind, mask=absent)


def _strings(buf: Bytes, starts: Ints, lengths: Ints) -> pa.Array:
    """Copy spans of UTF-8 out of the buffer."""

    def copy(size: int) -> Bytes:
        data = np.empty(size, np.uint8)
        copy_spans(buf, starts, lengths, data)
        return data

    return _array(lengths, copy)


def _cids(buf: Bytes, starts: Ints) -> pa.Array:
    """Write raw CIDs as text."""

    def copy(size: int) -> Bytes:
        data = np.empty(size, np.uint8)
        copy_cids(buf, starts, data)
        return data

    return _array(np.where(starts >= 0, CID_CHARS, layout.NULL), copy)


def _array(lengths: Ints, copy: Callable[[int], Bytes]) -> pa.Array:
    offsets, validity, nulls = _offsets(lengths)
    data = copy(int(offsets[-1]))
    return pa.StringArray.from_buffers(
        len(lengths), pa.py_buffer(offsets), pa.py_buffer(data), validity if nulls else None, nulls
    )


def _lists(buf: Bytes, lengths: Ints, items: Ints, *, of_cids: bool) -> pa.Array:
    used = items[1 : 1 + items[0, 0]]
    values = _cids(buf, used[:, 0]) if of_cids else _strings(buf, used[:, 0], used[:, 1])
    return _list_array(lengths, values)


def _list_array(lengths: Ints, values: pa.Array) -> pa.Array:
    offsets, validity, nulls = _offsets(lengths)
    parts = [validity if nulls else None, pa.py_buffer(offsets)]
    return pa.ListArray.from_buffers(_STRINGS, len(lengths), parts, nulls, children=[values])


def _offsets(lengths: Ints) -> tuple[Offsets, pa.Buffer, int]:
    offsets = np.empty(len(lengths) + 1, np.int32)
    validity = np.zeros((len(lengths) + 7) // 8, np.uint8)
    nulls = offsets_of(lengths, offsets, validity)
    return offsets, pa.py_buffer(validity), int(nulls)


def _domains(links: pa.ListArray) -> pa.Array:
    """Registrable domains of each row's links; only rows that have links cost anything."""
    counts = np.diff(links.offsets.to_numpy())
    found = {row: link_domains(links[row].as_py()) for row in np.flatnonzero(counts).tolist()}
    lengths = np.where(links.is_null().to_numpy(zero_copy_only=False), layout.NULL, 0)
    for row, domains in found.items():
        lengths[row] = len(domains)
    values = pa.array([domain for domains in found.values() for domain in domains], pa.string())
    return _list_array(lengths, values)
