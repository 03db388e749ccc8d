"""Turn the cells that kernels filled into an Arrow record batch of `ROW_SCHEMA`."""

import numpy as np
import pyarrow as pa

from skywarden.detectors.url.domains import link_domains
from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.gather_kernel import copy_cids, copy_columns, copy_spans, measure
from skywarden.ingest.columnar.json_kernel import CID_CHARS
from skywarden.ingest.columnar.layout import Bytes, Ints, Room
from skywarden.ingest.contract import ROW_SCHEMA
from skywarden.ingest.normalize.times import created_micros

_STRINGS = pa.list_(pa.string())


def assemble(buf: Bytes, room: Room, source: str) -> pa.RecordBatch:
    """Make all columns of all rows."""
    cells, rows = room.cells, len(room.cells)
    _read_odd_times(buf, cells)
    used = (cells != layout.NULL).any(axis=0)
    arrays: dict[str, pa.Array] = {"source": pa.repeat(pa.scalar(source), rows)}
    for cell, name in enumerate(layout.INTS, layout.SEQ):
        arrays[name] = _ints(name, cells[:, cell])
    spans = {name: 2 * number for number, name in enumerate(layout.SPANS) if used[2 * number + 1]}
    arrays |= _strings(buf, cells, spans)
    arrays |= _strings(room.json, cells, {"record": layout.RECORD})
    for cell, name in enumerate(layout.CIDS, layout.CID):
        if used[cell]:
            starts = cells[:, cell]
            arrays[name] = _with_offsets(np.where(starts >= 0, CID_CHARS, layout.NULL), _cids(buf, starts))
    lists = {name: layout.LIST_LENGTH + number for number, name in enumerate(layout.LISTS)}
    for number, (name, cell) in enumerate(lists.items()):
        if used[cell]:
            values = _items(buf, room.items[number], of_cids=number == layout.IMAGE_CIDS)
            arrays[name] = _with_offsets(cells[:, cell], values)
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
    numbers = values == 1 if kind == pa.bool_() else values.astype(kind.to_pandas_dtype())
    return pa.array(numbers, kind, mask=absent if absent.any() else None)


def _strings(buf: Bytes, cells: Ints, columns: dict[str, int]) -> dict[str, pa.Array]:
    """Copy spans of UTF-8 out of the buffer; `columns` are names and the cells where their spans start."""
    rows, start_cells = len(cells), np.array(list(columns.values()), np.int64)
    offsets = np.empty((len(columns), rows + 1), np.int32)
    validity = np.zeros((len(columns), (rows + 7) // 8), np.uint8)
    nulls = np.zeros(len(columns), np.int64)
    measure(cells, start_cells + 1, offsets, validity, nulls)
    ends = np.cumsum(offsets[:, -1].astype(np.int64))
    data = np.empty(ends[-1] if columns else 0, np.uint8)
    copy_columns(buf, cells, start_cells, offsets, ends - offsets[:, -1], data)
    made: dict[str, pa.Array] = {}
    for number, name in enumerate(columns):
        text = data[ends[number] - offsets[number, -1] : ends[number]]
        bitmap = pa.py_buffer(validity[number]) if nulls[number] else None
        made[name] = pa.StringArray.from_buffers(
            rows, pa.py_buffer(offsets[number]), pa.py_buffer(text), bitmap, int(nulls[number])
        )
    return made


def _cids(buf: Bytes, starts: Ints) -> Bytes:
    """Write raw CIDs as text, one after the other."""
    data = np.empty(CID_CHARS * int((starts >= 0).sum()), np.uint8)
    copy_cids(buf, starts, data)
    return data


def _items(buf: Bytes, items: Ints, *, of_cids: bool) -> pa.Array:
    """All items of a list column."""
    used = items[1 : 1 + items[0, 0]]
    if of_cids:
        return _with_offsets(np.full(len(used), CID_CHARS, np.int64), _cids(buf, used[:, 0]))
    lengths = np.maximum(used[:, 1], 0)
    data = np.empty(int(lengths.sum()), np.uint8)
    copy_spans(buf, used[:, 0], lengths, data)
    return _with_offsets(used[:, 1], data)


def _with_offsets(lengths: Ints, values: Bytes | pa.Array) -> pa.Array:
    """Cut bytes into strings, or strings into lists; a length of -1 is a null."""
    absent = lengths < 0
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(np.where(absent, 0, lengths), out=offsets[1:])
    nulls = int(absent.sum())
    bitmap = pa.py_buffer(np.packbits(~absent, bitorder="little")) if nulls else None
    if isinstance(values, pa.Array):
        parts = [bitmap, pa.py_buffer(offsets)]
        return pa.ListArray.from_buffers(_STRINGS, len(lengths), parts, nulls, children=[values])
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(values), bitmap, nulls)


def _domains(links: pa.ListArray) -> pa.Array:
    """Registrable domains of each row's links; only rows that have links cost anything."""
    offsets = links.offsets.to_numpy()
    values = links.values.to_pylist()
    lengths = np.where(links.is_null().to_numpy(zero_copy_only=False), layout.NULL, 0)
    found: list[str] = []
    for row in np.flatnonzero(np.diff(offsets)).tolist():
        domains = link_domains(values[offsets[row] : offsets[row + 1]])
        lengths[row] = len(domains)
        found += domains
    return _with_offsets(lengths, pa.array(found, pa.string()))
