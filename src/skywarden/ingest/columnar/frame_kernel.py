"""Read frames of subscribeRepos into the heads of rows, in compiled code; unusual frames are only numbered.

What is read here is canonical, complete and as the lexicon has it, so that `atproto.frames.parse_frame` and the live
decoder give the same rows. Whether a record is what its CID names is left to the caller.
"""

import numpy as np

from skywarden.ingest.columnar import body_kernel as body
from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.cbor_kernel import ARRAY, count, starts
from skywarden.ingest.columnar.layout import MAX_OPS, NO_TIME, Bytes, Ints, literal
from skywarden.ingest.columnar.op_kernel import OP_FIELDS, add_op, read_op
from skywarden.ingest.columnar.rows_kernel import begin, span
from skywarden.ingest.columnar.syntax_kernel import is_did, is_tid
from skywarden.ingest.columnar.time_kernel import usual_micros
from skywarden.kernel.compiled import entry, kernel
from skywarden.model.event import Kind

MAX_FRAME_BYTES = 1_000_000
"""Larger frames go the long way, where the limits of the protocol are checked."""

_COMMIT, _IDENTITY, _ACCOUNT, _SYNC = int(Kind.COMMIT), int(Kind.IDENTITY), int(Kind.ACCOUNT), int(Kind.SYNC)
_H_COMMIT = literal(b"\xa2\x61t\x67#commit\x62op\x01")
_H_IDENTITY = literal(b"\xa2\x61t\x69#identity\x62op\x01")
_H_ACCOUNT = literal(b"\xa2\x61t\x68#account\x62op\x01")
_H_SYNC = literal(b"\xa2\x61t\x65#sync\x62op\x01")


@entry
def read_frames(buf: Bytes, start_of: Ints, end_of: Ints, first: int, cells: Ints, odd: Ints) -> tuple[int, int, int]:
    """Read frames from number `first` until they or the room for rows end; records are only found, not read.

    Frame n is buf[start_of[n]:end_of[n]]. Shape: rows made, numbers put in `odd`, next frame.
    """
    fields = np.empty((body.FIELDS, 2), np.int64)
    op = np.empty(OP_FIELDS, np.int64)
    rows = odds = 0
    frame = first
    while frame < len(start_of) and rows + MAX_OPS <= len(cells):
        added = _read_frame(buf, start_of[frame], end_of[frame], frame, cells, rows, fields, op)
        if added < 0:
            odd[odds] = frame
            odds += 1
        else:
            rows += added
        frame += 1
    return rows, odds, frame


@kernel
def _kind(buf: Bytes, at: int, length: int) -> tuple[int, int]:
    """What the header says, and its length; -1, 0 for headers that are not as usual."""
    if starts(buf, at, length, _H_COMMIT):
        return _COMMIT, len(_H_COMMIT)
    if starts(buf, at, length, _H_IDENTITY):
        return _IDENTITY, len(_H_IDENTITY)
    if starts(buf, at, length, _H_ACCOUNT):
        return _ACCOUNT, len(_H_ACCOUNT)
    if starts(buf, at, length, _H_SYNC):
        return _SYNC, len(_H_SYNC)
    return -1, 0


@kernel
def _read_frame(buf: Bytes, at: int, end: int, frame: int, cells: Ints, row: int, fields: Ints, op: Ints) -> int:
    """How many rows were made; -1 for a frame that is not as usual."""
    kind, head_bytes = _kind(buf, at, end - at)
    if kind < 0 or end - at > MAX_FRAME_BYTES or not body.read_body(buf, at + head_bytes, end, fields):
        return -1
    did = body.REPO if kind == _COMMIT else body.DID
    time_us = _sound_time(buf, fields, kind, did)
    if time_us == NO_TIME:
        return -1
    if kind == _COMMIT:
        return _read_commit(buf, end, frame, cells, row, time_us, fields, op)
    begin(cells, row, frame)
    _set_head(cells, row, kind, time_us, fields, did)
    _set_rest(cells, row, kind, fields)
    return -1 if kind == _ACCOUNT and fields[body.ACTIVE, 1] < 0 else 1


@kernel
def _sound_time(buf: Bytes, fields: Ints, kind: int, did: int) -> int:
    """The message's time; NO_TIME if that or another field that its kind must have is not as it should be."""
    if fields[body.SEQ, 1] < 0 or not 0 < fields[body.SEQ, 0] < 2**53:
        return NO_TIME
    if fields[did, 1] < 0 or not is_did(buf, fields[did, 0], fields[did, 1]):
        return NO_TIME
    has_rev = is_tid(buf, fields[body.REV, 0], fields[body.REV, 1]) and fields[body.BLOCKS, 1] >= 0
    if (kind == _COMMIT or kind == _SYNC) and not has_rev:
        return NO_TIME
    return usual_micros(buf, fields[body.TIME, 0], fields[body.TIME, 1])


@kernel
def _set_head(cells: Ints, row: int, kind: int, time_us: int, fields: Ints, did: int) -> None:
    cells[row, layout.SEQ] = fields[body.SEQ, 0]
    cells[row, layout.TIME] = time_us
    cells[row, layout.KIND] = kind
    span(cells, row, layout.DID, fields[did, 0], fields[did, 1])


@kernel
def _set_rest(cells: Ints, row: int, kind: int, fields: Ints) -> None:
    if kind == _IDENTITY:
        span(cells, row, layout.HANDLE, fields[body.HANDLE, 0], fields[body.HANDLE, 1])
    elif kind == _ACCOUNT:
        cells[row, layout.ACTIVE] = fields[body.ACTIVE, 0]
        span(cells, row, layout.ACCOUNT_STATUS, fields[body.STATUS, 0], fields[body.STATUS, 1])
    else:
        span(cells, row, layout.REV, fields[body.REV, 0], fields[body.REV, 1])


@kernel
def _read_commit(buf: Bytes, end: int, frame: int, cells: Ints, row: int, time_us: int, fields: Ints, op: Ints) -> int:
    if fields[body.OPS, 1] < 0 or fields[body.COMMIT, 1] < 0:
        return -1
    ops, at = count(buf, fields[body.OPS, 0], end, ARRAY)
    if ops < 1 or ops > MAX_OPS:  # a commit without operations has no row that could tell the gate of it
        return -1
    for number in range(ops):
        at = read_op(buf, at, end, op)
        if at < 0:
            return -1
        begin(cells, row + number, frame)
        _set_head(cells, row + number, _COMMIT, time_us, fields, body.REPO)
        span(cells, row + number, layout.SINCE, fields[body.SINCE, 0], fields[body.SINCE, 1])
        if fields[body.PREV_DATA, 1] >= 0:
            cells[row + number, layout.PREV_DATA] = fields[body.PREV_DATA, 0]
        if not add_op(buf, fields, op, cells, row + number):
            return -1
    return ops
