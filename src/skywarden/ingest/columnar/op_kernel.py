"""Turn one operation of a commit into a row, in compiled code."""

from skywarden.ingest.columnar import body_kernel as body
from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.blocks_kernel import find_record
from skywarden.ingest.columnar.cbor_kernel import (
    LINK_BYTES,
    MAP,
    NONE,
    SIMPLE,
    Name,
    after,
    count,
    head,
    link,
    name_of,
    read_name,
    text,
)
from skywarden.ingest.columnar.layout import Bytes, Ints
from skywarden.ingest.columnar.rows_kernel import span
from skywarden.ingest.columnar.syntax_kernel import path_slash
from skywarden.kernel.compiled import kernel
from skywarden.model.event import Action

OP_FIELDS = 4
PATH, PATH_BYTES, ACTION, RECORD_CID = range(OP_FIELDS)
"""Places in `op`; RECORD_CID is -1 where the operation has none."""

CREATE, UPDATE, DELETE = int(Action.CREATE), int(Action.UPDATE), int(Action.DELETE)

_CID, _PATH, _PREV, _ACTION = map(name_of, (b"cid", b"path", b"prev", b"action"))
_CREATE, _UPDATE, _DELETE = map(name_of, (b"create", b"update", b"delete"))


@kernel
def read_op(buf: Bytes, at: int, end: int, op: Ints) -> int:
    """Fill `op` from the map at `at`; where it ends, -1 if anything about it is unusual."""
    op[:] = -1
    members, at = count(buf, at, end, MAP)
    last, last_length = 0, -1
    for _ in range(members):
        key, length = text(buf, at, end)
        if length < 0 or (last_length >= 0 and not after(buf, key, length, last, last_length)):
            return -1
        last, last_length = key, length
        at = _read_field(buf, read_name(buf, key, length), key + length, end, op)
        if at < 0:
            return -1
    complete = op[PATH] >= 0 and op[ACTION] >= 0 and (op[RECORD_CID] >= 0 or op[ACTION] == DELETE)
    return at if complete else -1


@kernel
def _read_field(buf: Bytes, name: Name, value: int, end: int, op: Ints) -> int:
    if name == _CID or name == _PREV:
        major, argument, content = head(buf, value, end)
        if major == SIMPLE and argument == NONE:
            return content
        cid = link(buf, value, end)
        if name == _CID:
            op[RECORD_CID] = cid
        return value + LINK_BYTES if cid >= 0 else -1
    start, size = text(buf, value, end)
    if name == _PATH and size >= 0:
        op[PATH], op[PATH_BYTES] = start, size
        return start + size
    if name == _ACTION and size >= 0:
        op[ACTION] = _action(read_name(buf, start, size))
        return start + size
    return -1


@kernel
def _action(name: Name) -> int:
    if name == _CREATE:
        return CREATE
    if name == _UPDATE:
        return UPDATE
    return DELETE if name == _DELETE else -1


@kernel
def add_op(buf: Bytes, fields: Ints, op: Ints, cells: Ints, row: int) -> bool:
    """Fill a row that `begin` made, all but what the record says; False if the record is missing or unusual."""
    slash = path_slash(buf, op[PATH], op[PATH_BYTES])
    if slash < 0:
        return False
    path = op[PATH]
    span(cells, row, layout.COLLECTION, path, slash - path)
    span(cells, row, layout.RKEY, slash + 1, path + op[PATH_BYTES] - slash - 1)
    span(cells, row, layout.REV, fields[body.REV, 0], fields[body.REV, 1])
    cells[row, layout.ACTION] = op[ACTION]
    if op[ACTION] == DELETE:
        return True
    blocks = fields[body.BLOCKS, 0]
    start, stop = find_record(buf, blocks, blocks + fields[body.BLOCKS, 1], op[RECORD_CID])
    cells[row, layout.CID] = op[RECORD_CID]
    span(cells, row, layout.BLOCK, start, stop - start)
    return start >= 0
