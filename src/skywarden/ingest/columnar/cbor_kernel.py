"""Read DAG-CBOR items out of a buffer, in compiled code; whatever is not canonical is a refusal.

Positions are int64; a position or length of -1 means "not what it should be", and the frame goes the long way.
"""

from skywarden.ingest.columnar.layout import Bytes, byte, literal, word
from skywarden.kernel.compiled import kernel

UINT, NEGINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE, BAD = range(9)
FALSE, TRUE, NONE = 20, 21, 22

LINK_BYTES = 41
"""Tag 42, byte string of 37, 0x00, and the 36 bytes of the CID."""
CID_IN_LINK = 5

Name = tuple[int, int]
"""A short name as two integers: eight bytes, then seven and the length."""

_NAME_BYTES = 15
_LINK_HEAD = literal(b"\xd8\x2a\x58\x25\x00\x01")
_CID_TAIL = literal(b"\x12\x20")
_DAG_CBOR, _RAW = 0x71, 0x55


@kernel
def head(buf: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read an item's head: major type, argument, where its content starts. BAD unless it is in the shortest form."""
    if at >= end:
        return BAD, -1, at
    major = byte(buf, at) >> 5
    info = byte(buf, at) & 31
    at += 1
    if info < 24:
        return major, info, at
    width = 1 << (info - 24)
    if info > 27 or at + width > end or major == SIMPLE:
        return BAD, -1, at
    argument = 0
    for offset in range(width):
        argument = (argument << 8) | byte(buf, at + offset)
    least = 24 if width == 1 else 1 << (4 * width)
    if argument < least:  # also what does not fit 63 bits
        return BAD, -1, at
    return major, argument, at + width


@kernel
def text(buf: Bytes, at: int, end: int) -> tuple[int, int]:
    """Read a text's start and length."""
    major, length, start = head(buf, at, end)
    if major != TEXT or length > end - start:
        return -1, -1
    return start, length


@kernel
def count(buf: Bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    """Enter a container of type `wanted`: number of members, where the first starts."""
    major, members, start = head(buf, at, end)
    if major != wanted or members > end - start:
        return -1, -1
    return members, start


@kernel
def link(buf: Bytes, at: int, end: int) -> int:
    """Start of the raw CID of a link that atproto allows."""
    if at + LINK_BYTES > end or not same(buf, at, len(_LINK_HEAD), _LINK_HEAD):
        return -1
    codec = byte(buf, at + len(_LINK_HEAD))
    if (codec != _DAG_CBOR and codec != _RAW) or not same(buf, at + len(_LINK_HEAD) + 1, 2, _CID_TAIL):
        return -1
    return at + CID_IN_LINK


@kernel
def same(buf: Bytes, at: int, length: int, wanted: Bytes) -> bool:
    """Whether a span is exactly `wanted`."""
    if length != len(wanted):
        return False
    for offset in range(length):
        if byte(buf, at + offset) != wanted[offset]:
            return False
    return True


def name_of(text: bytes) -> Name:
    """The constant that `read_name` gives for this text."""
    padded = text.ljust(_NAME_BYTES, b"\0")
    return int.from_bytes(padded[:8], "little", signed=True), int.from_bytes(padded[8:], "little") | len(text) << 56


@kernel
def read_name(buf: Bytes, at: int, length: int) -> Name:
    """Read a span as a name to compare with; (0, -1) for one that is longer than any name we know."""
    if length > _NAME_BYTES:
        return 0, -1
    low = high = 0
    if at + 16 <= len(buf):
        low = word(buf, at)
        if length < 8:
            low &= (1 << (8 * length)) - 1
        else:
            high = word(buf, at + 8) & ((1 << (8 * (length - 8))) - 1)
    else:
        for offset in range(min(length, 8)):
            low |= byte(buf, at + offset) << (8 * offset)
        for offset in range(8, length):
            high |= byte(buf, at + offset) << (8 * (offset - 8))
    return low, high | (length << 56)


@kernel
def starts(buf: Bytes, at: int, length: int, wanted: Bytes) -> bool:
    """Whether a span starts with `wanted`."""
    return length >= len(wanted) and same(buf, at, len(wanted), wanted)


@kernel
def equal(buf: Bytes, a: int, b: int, length: int) -> bool:
    """Whether two spans of one length hold the same bytes."""
    offset = 0
    while offset + 8 <= length:
        if word(buf, a + offset) != word(buf, b + offset):
            return False
        offset += 8
    while offset < length:
        if byte(buf, a + offset) != byte(buf, b + offset):
            return False
        offset += 1
    return True


@kernel
def is_ascii(buf: Bytes, at: int, length: int) -> bool:
    """Whether a span is ASCII, hence UTF-8."""
    seen = 0
    for offset in range(length):
        seen |= byte(buf, at + offset)
    return seen < 0x80


@kernel
def after(buf: Bytes, at: int, length: int, last: int, last_length: int) -> bool:
    """Whether a key comes after the last one: by length, then by bytes, never equal."""
    if length != last_length:
        return length > last_length
    for offset in range(length):
        if byte(buf, at + offset) != byte(buf, last + offset):
            return byte(buf, at + offset) > byte(buf, last + offset)
    return False


@kernel
def skip(buf: Bytes, at: int, end: int) -> int:
    """Pass over one item, checking no more than that it ends; -1 if it does not."""
    left = 1
    while left > 0:
        major, argument, at = head(buf, at, end)
        if major == BAD or (major != UINT and major != NEGINT and major < TAG and argument > end - at):
            return -1
        left -= 1
        if major == BYTES or major == TEXT:
            at += argument
        elif major == ARRAY:
            left += argument
        elif major == MAP:
            left += 2 * argument
        elif major == TAG:
            left += 1
    return at


@kernel
def find(buf: Bytes, at: int, end: int, name: Name) -> int:
    """Where the value of a field of a sound map starts; -1 where it has no such field or is no map."""
    members, at = count(buf, at, end, MAP)
    for _ in range(members):
        key, length = text(buf, at, end)
        if read_name(buf, key, length) == name:
            return key + length
        at = skip(buf, key + length, end)
    return -1
