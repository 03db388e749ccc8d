"""Find the fields of a message's body, in compiled code, checking that it is canonical and of the usual types."""

from skywarden.ingest.columnar.cbor_kernel import (
    ARRAY,
    BYTES,
    FALSE,
    LINK_BYTES,
    MAP,
    NONE,
    SIMPLE,
    TEXT,
    TRUE,
    UINT,
    Name,
    after,
    count,
    head,
    is_ascii,
    link,
    name_of,
    read_name,
    skip,
    text,
)
from skywarden.ingest.columnar.layout import Bytes, Ints
from skywarden.kernel.compiled import kernel

FIELDS = 13
SEQ, TIME, REPO, DID, REV, OPS, BLOCKS, COMMIT, HANDLE, STATUS, ACTIVE, SINCE, PREV_DATA = range(FIELDS)
"""Rows of `found`: start and length of each field; of SEQ and ACTIVE the value stands for the start."""

_TIME, _REPO, _DID, _REV = map(name_of, (b"time", b"repo", b"did", b"rev"))
_HANDLE, _STATUS = name_of(b"handle"), name_of(b"status")
_SEQ, _OPS, _BLOCKS, _COMMIT, _ACTIVE = map(name_of, (b"seq", b"ops", b"blocks", b"commit", b"active"))
_REBASE, _TOO_BIG, _BLOBS, _SINCE = map(name_of, (b"rebase", b"tooBig", b"blobs", b"since"))
_PREV_DATA = name_of(b"prevData")


@kernel
def read_body(buf: Bytes, at: int, end: int, found: Ints) -> bool:
    """Fill `found` (shape: FIELDS, 2) from the map that fills buf[at:end]; False where anything is unusual."""
    found[:, 1] = -1
    members, at = count(buf, at, end, MAP)
    last, last_length = 0, -1
    for _ in range(members):
        key, length = text(buf, at, end)
        if length < 0 or (last_length >= 0 and not after(buf, key, length, last, last_length)):
            return False
        last, last_length = key, length
        at = _read_field(buf, read_name(buf, key, length), key + length, end, found)
        if at < 0:
            return False
    return members >= 0 and at == end


@kernel
def _text_field(name: Name) -> int:
    """Which text field this key names; -1 if none."""
    if name == _TIME:
        return TIME
    if name == _REPO:
        return REPO
    if name == _DID:
        return DID
    if name == _REV:
        return REV
    if name == _HANDLE:
        return HANDLE
    return STATUS if name == _STATUS else -1


@kernel
def _read_field(buf: Bytes, name: Name, value: int, end: int, found: Ints) -> int:
    """Note one field; where its value ends, -1 if it is unknown or not of its type."""
    field = _text_field(name)
    if field >= 0:
        start, size = text(buf, value, end)
        found[field, 0], found[field, 1] = start, size
        return start + size if size >= 0 and is_ascii(buf, start, size) else -1
    major, argument, content = head(buf, value, end)
    if name == _SEQ:
        found[SEQ, 0], found[SEQ, 1] = argument, 0
        return content if major == UINT else -1
    if name == _OPS:
        found[OPS, 0], found[OPS, 1] = value, 0
        return skip(buf, value, end)
    if name == _BLOCKS:
        found[BLOCKS, 0], found[BLOCKS, 1] = content, argument
        return content + argument if major == BYTES and argument <= end - content else -1
    if name == _COMMIT:
        found[COMMIT, 0], found[COMMIT, 1] = value, 0
        return value + LINK_BYTES if link(buf, value, end) >= 0 else -1
    if name == _ACTIVE:
        found[ACTIVE, 0], found[ACTIVE, 1] = argument == TRUE, 0
        return content if major == SIMPLE and FALSE <= argument <= TRUE else -1
    if name == _SINCE or name == _PREV_DATA:
        return _read_before(buf, name, value, end, found)
    return _pass_field(buf, name, end, major, argument, content)


@kernel
def _read_before(buf: Bytes, name: Name, value: int, end: int, found: Ints) -> int:
    """Note `since` or `prevData`, either of which may be null."""
    major, argument, content = head(buf, value, end)
    if major == SIMPLE and argument == NONE:
        return content
    if name == _PREV_DATA:
        cid = link(buf, value, end)
        found[PREV_DATA, 0], found[PREV_DATA, 1] = cid, 0
        return value + LINK_BYTES if cid >= 0 else -1
    if major != TEXT or argument > end - content or not is_ascii(buf, content, argument):
        return -1
    found[SINCE, 0], found[SINCE, 1] = content, argument
    return content + argument


@kernel
def _pass_field(buf: Bytes, name: Name, end: int, major: int, argument: int, content: int) -> int:
    """Pass over a known field that says nothing any more."""
    if name == _REBASE or name == _TOO_BIG:
        return content if major == SIMPLE and FALSE <= argument <= TRUE else -1
    if name == _BLOBS and major == ARRAY and argument <= end - content:
        for number in range(argument):
            if link(buf, content + number * LINK_BYTES, end) < 0:
                return -1
        return content + argument * LINK_BYTES
    return -1
