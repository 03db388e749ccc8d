"""Write a record's DAG-CBOR as compact JSON, in compiled code, checking all of it on the way."""

import numpy as np

from skywarden.ingest.columnar.cbor_kernel import (
    ARRAY,
    BYTES,
    FALSE,
    LINK_BYTES,
    MAP,
    NEGINT,
    NONE,
    SIMPLE,
    TAG,
    TEXT,
    TRUE,
    UINT,
    after,
    head,
    link,
)
from skywarden.ingest.columnar.layout import Bytes, Ints, byte, literal, store
from skywarden.kernel.compiled import kernel

MAX_DEPTH = 16
LEVELS = (4, MAX_DEPTH + 1)
"""Half of what atproto allows; deeper records go the long way."""

CID_CHARS = 59

_BASE32 = literal(b"abcdefghijklmnopqrstuvwxyz234567")
_BASE64 = literal(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_HEX = literal(b"0123456789abcdef")
_LINK_OPEN = literal(b'{"$link":"')
_BYTES_OPEN = literal(b'{"$bytes":"')
_CLOSE = literal(b'"}')
_WORDS_FALSE, _WORDS_TRUE, _WORDS_NULL = literal(b"false"), literal(b"true"), literal(b"null")

_QUOTE, _BACKSLASH, _COMMA, _COLON = b'"\\,:'
_OPEN_MAP, _CLOSE_MAP, _OPEN_LIST, _CLOSE_LIST = b"{}[]"


def _short_escapes() -> Bytes:
    table = np.zeros(128, np.uint8)
    for letter, escape in zip(b'\b\f\n\r\t"\\', b'bfnrt"\\', strict=True):
        table[letter] = escape
    return table


_ESCAPES = _short_escapes()
_PLAIN = np.array([0x20 <= letter < 0x80 and letter not in b'"\\' for letter in range(256)])


@kernel
def put(out: Bytes, at: int, wanted: Bytes) -> int:
    """Write a constant; where it ends."""
    for offset in range(len(wanted)):
        store(out, at + offset, wanted[offset])
    return at + len(wanted)


@kernel
def put_cid(buf: Bytes, cid: int, out: Bytes, at: int) -> int:
    """Write a raw CID as base32 text: seven times five bytes as eight characters, and one byte as two."""
    store(out, at, 0x62)  # b
    at += 1
    for start in range(cid, cid + 35, 5):
        bits = 0
        for offset in range(5):
            bits = (bits << 8) | byte(buf, start + offset)
        for offset in range(8):
            store(out, at + offset, _BASE32[(bits >> (35 - 5 * offset)) & 31])
        at += 8
    last = byte(buf, cid + 35)
    store(out, at, _BASE32[last >> 3])
    store(out, at + 1, _BASE32[(last << 2) & 31])
    return at + 2


@kernel
def put_base64(buf: Bytes, start: int, length: int, out: Bytes, at: int) -> int:
    """Write bytes as base64 without padding."""
    bits = 0
    held = 0
    for offset in range(length):
        bits = ((bits << 8) | byte(buf, start + offset)) & 0xFFFF
        held += 8
        while held >= 6:
            held -= 6
            store(out, at, _BASE64[(bits >> held) & 63])
            at += 1
    if held > 0:
        store(out, at, _BASE64[(bits << (6 - held)) & 63])
        at += 1
    return at


@kernel
def put_integer(value: int, out: Bytes, at: int) -> int:
    """Write an integer in decimal; `value` is never the least of 64 bits."""
    if value < 0:
        store(out, at, 0x2D)  # -
        at += 1
        value = -value
    digits = 1
    rest = value // 10
    while rest > 0:
        digits += 1
        rest //= 10
    for offset in range(digits - 1, -1, -1):
        store(out, at + offset, 0x30 + value % 10)
        value //= 10
    return at + digits


@kernel
def put_text(buf: Bytes, start: int, length: int, out: Bytes, at: int) -> int:
    """Write a text in quotes, escaped as msgspec does; -1 unless it is UTF-8."""
    store(out, at, _QUOTE)
    at += 1
    position, end = start, start + length
    while position < end:
        letter = byte(buf, position)
        if _PLAIN[letter]:
            store(out, at, letter)
            at += 1
            position += 1
        elif letter < 0x80:
            at = _put_escape(letter, out, at)
            position += 1
        else:
            width = utf8_width(buf, position, end)
            if width < 0:
                return -1
            for offset in range(width):
                store(out, at + offset, byte(buf, position + offset))
            at += width
            position += width
    store(out, at, _QUOTE)
    return at + 1


@kernel
def _put_escape(letter: int, out: Bytes, at: int) -> int:
    store(out, at, _BACKSLASH)
    if _ESCAPES[letter]:
        store(out, at + 1, _ESCAPES[letter])
        return at + 2
    store(out, at + 1, 0x75)  # u
    store(out, at + 2, 0x30)
    store(out, at + 3, 0x30)
    store(out, at + 4, _HEX[letter >> 4])
    store(out, at + 5, _HEX[letter & 15])
    return at + 6


@kernel
def utf8_width(buf: Bytes, at: int, end: int) -> int:
    """Width of the multi-byte character at `at`; -1 if it is none (RFC 3629: no surrogates, nothing overlong)."""
    first = byte(buf, at)
    low, high = 0x80, 0xBF
    if 0xC2 <= first <= 0xDF:
        width = 2
    elif 0xE0 <= first <= 0xEF:
        width = 3
        low = 0xA0 if first == 0xE0 else low
        high = 0x9F if first == 0xED else high
    elif 0xF0 <= first <= 0xF4:
        width = 4
        low = 0x90 if first == 0xF0 else low
        high = 0x8F if first == 0xF4 else high
    else:
        return -1
    if at + width > end or byte(buf, at + 1) < low or byte(buf, at + 1) > high:
        return -1
    for offset in range(2, width):
        if byte(buf, at + offset) < 0x80 or byte(buf, at + offset) > 0xBF:
            return -1
    return width


@kernel
def _put_scalar(buf: Bytes, major: int, argument: int, start: int, end: int, out: Bytes, at: int) -> tuple[int, int]:
    """Write a value that holds no others: where it ends in the input and in the output; -1, -1 if it may not be."""
    if major == TEXT and argument <= end - start:
        return start + argument, put_text(buf, start, argument, out, at)
    if major == UINT:
        return start, put_integer(argument, out, at)
    if major == NEGINT and argument < 2**62:
        return start, put_integer(-1 - argument, out, at)
    if major == SIMPLE and FALSE <= argument <= NONE:
        word = _WORDS_FALSE if argument == FALSE else _WORDS_TRUE if argument == TRUE else _WORDS_NULL
        return start, put(out, at, word)
    if major == BYTES and argument <= end - start:
        at = put_base64(buf, start, argument, out, put(out, at, _BYTES_OPEN))
        return start + argument, put(out, at, _CLOSE)
    if major == TAG:
        cid = link(buf, start - 2, end)  # the head of tag 42 is two bytes
        if cid >= 0:
            return start - 2 + LINK_BYTES, put(out, put_cid(buf, cid, out, put(out, at, _LINK_OPEN)), _CLOSE)
    return -1, -1


@kernel
def _put_key(buf: Bytes, at: int, end: int, last: int, last_length: int, out: Bytes, to: int) -> tuple[int, int, int]:
    """Write a map's key and its colon: start and length of the key, where the output ends; -1 as that if it is bad."""
    major, length, start = head(buf, at, end)
    if major != TEXT or length > end - start:
        return -1, -1, -1
    if last_length >= 0 and not after(buf, start, length, last, last_length):
        return -1, -1, -1
    to = put_text(buf, start, length, out, to)
    if to >= 0:
        store(out, to, _COLON)
        to += 1
    return start, length, to


@kernel
def put_record(buf: Bytes, at: int, end: int, out: Bytes, to: int, levels: Ints) -> int:
    """Write the map that fills buf[at:end] as JSON; where it ends in `out`, -1 if anything about it is unusual.

    `levels` (shape: LEVELS) is scratch: what is open at each depth.
    """
    left, is_map, key_at, key_length = levels[0], levels[1], levels[2], levels[3]
    depth = 0
    major, argument, at = head(buf, at, end)
    if major != MAP:
        return -1
    while True:
        if major == MAP or major == ARRAY:
            if depth == MAX_DEPTH or argument > end - at:
                return -1
            depth += 1
            left[depth], is_map[depth], key_length[depth] = argument, major == MAP, -1
            store(out, to, _OPEN_MAP if major == MAP else _OPEN_LIST)
            to += 1
        else:
            at, to = _put_scalar(buf, major, argument, at, end, out, to)
            if to < 0:
                return -1
        while depth > 0 and left[depth] == 0:
            store(out, to, _CLOSE_MAP if is_map[depth] else _CLOSE_LIST)
            to += 1
            depth -= 1
        if depth == 0:
            return to if at == end else -1
        if out[to - 1] != _OPEN_MAP and out[to - 1] != _OPEN_LIST:  # no value ends in these
            store(out, to, _COMMA)
            to += 1
        left[depth] -= 1
        if is_map[depth]:
            key_at[depth], key_length[depth], to = _put_key(buf, at, end, key_at[depth], key_length[depth], out, to)
            if to < 0:
                return -1
            at = key_at[depth] + key_length[depth]
        major, argument, at = head(buf, at, end)
