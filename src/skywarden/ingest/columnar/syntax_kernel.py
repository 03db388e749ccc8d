"""Check identifiers character by character, in compiled code, as the patterns of atproto.frames and operation do."""

import numpy as np

from skywarden.ingest.columnar.cbor_kernel import starts
from skywarden.ingest.columnar.layout import Bytes, byte, literal
from skywarden.kernel.compiled import kernel

MAX_DID_CHARS = 2_048
_MIN_COLLECTION, _MAX_COLLECTION, _MAX_RKEY = 3, 317, 512
_TID_CHARS = 13

_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_LETTERS_DIGITS = _LOWER + _LOWER.upper() + b"0123456789"


def _table(letters: bytes) -> Bytes:
    table = np.zeros(256, np.uint8)
    table[np.frombuffer(letters, np.uint8)] = 1
    return table


_IN_METHOD = _table(_LOWER)
_IN_DID = _table(_LETTERS_DIGITS + b"._:%-")
_IN_COLLECTION = _table(_LETTERS_DIGITS + b".-")
_IN_RKEY = _table(_LETTERS_DIGITS + b"_~.:-")
_IN_TID = _table(b"234567abcdefghijklmnopqrstuvwxyz")
_IN_TID_FIRST = _table(b"234567abcdefghij")

_DID = literal(b"did:")
_COLON, _SLASH, _DOT = b":/."


@kernel
def _all_in(buf: Bytes, at: int, length: int, table: Bytes) -> bool:
    sound = 1
    for offset in range(length):
        sound &= byte(table, byte(buf, at + offset))
    return sound == 1


@kernel
def is_did(buf: Bytes, at: int, length: int) -> bool:
    """Whether a span is a DID."""
    if length > MAX_DID_CHARS or not starts(buf, at, length, _DID):
        return False
    method = at + len(_DID)
    colon = method
    while colon < at + length and _IN_METHOD[byte(buf, colon)]:
        colon += 1
    if colon == method or colon >= at + length - 1 or byte(buf, colon) != _COLON:
        return False
    return _all_in(buf, colon + 1, at + length - colon - 1, _IN_DID)


@kernel
def is_tid(buf: Bytes, at: int, length: int) -> bool:
    """Whether a span is a TID."""
    return length == _TID_CHARS and _IN_TID_FIRST[byte(buf, at)] == 1 and _all_in(buf, at, length, _IN_TID)


@kernel
def path_slash(buf: Bytes, at: int, length: int) -> int:
    """Where the slash of collection/rkey stands; -1 where this is no such path."""
    slash = at
    while slash < at + length and byte(buf, slash) != _SLASH:
        slash += 1
    collection, rkey = slash - at, at + length - slash - 1
    if not _MIN_COLLECTION <= collection <= _MAX_COLLECTION or not 1 <= rkey <= _MAX_RKEY:
        return -1
    if not _all_in(buf, at, collection, _IN_COLLECTION) or not _all_in(buf, slash + 1, rkey, _IN_RKEY):
        return -1
    dots = 0
    while dots < rkey and byte(buf, slash + 1 + dots) == _DOT:
        dots += 1
    return -1 if dots == rkey and rkey <= 2 else slash
