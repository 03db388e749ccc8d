"""Case-fold texts by tables of Unicode's full case folding, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import (
    HIGH_BITS,
    SLACK,
    ascii_bytes,
    byte,
    highest_byte,
    load_word,
    lower_bytes,
    lowest_bit,
    offset,
    rune_at,
    rune_bytes,
    rune_word,
    store_word,
)
from skywarden.kernel.compiled import entry, kernel

Folded = npt.NDArray[np.uint64]
Entries = npt.NDArray[np.uint16]

_FIRST_CAPITAL: Final = np.uint8(ord("A"))
_CAPITALS: Final = np.uint8(26)
_ONE: Final = np.uint64(1)


@entry
def non_ascii_bytes(data: Bytes, start: int, end: int) -> int:
    """How many bytes of data[start:end] are not ASCII."""
    found = 0
    for at in range(np.uint64(start), np.uint64(end)):
        found += data[at] >> 7
    return found


@entry
def fold_in_place(data: Bytes, start: int, out: Bytes, starts: Bytes, entries: Entries, folded: Folded) -> bool:
    """Write the bytes of data from `start` on case folded, as long as before; give up where that does not hold.

    `out` has as many bytes as are to be folded, and `SLACK` zeros; `starts` tells by the lowest six bits of two bytes
    whether a character that begins with them may fold. Nearly no character has a folding of another length.
    """
    size = len(out) - SLACK
    for at in range(np.uint64(size)):
        char = data[np.uint64(start) + at]
        out[at] = char | np.uint8(np.uint8(np.uint8(char - _FIRST_CAPITAL) < _CAPITALS) << np.uint8(5))
    at = 0
    while at < size:
        word = load_word(out, at)
        begins = word & (word << _ONE) & HIGH_BITS
        while begins != 0:
            place = at + (lowest_bit(begins) >> 3)
            begins &= begins - _ONE
            two = (byte(out, place) & 0x3F) << 6 | (byte(out, place + 1) & 0x3F)
            if starts[np.uint64(two)] != 0:
                rune = rune_at(data, start + place)
                number = entries[np.uint64(rune)] if rune < len(entries) else np.uint16(0)
                if number != 0:
                    length = rune_bytes(byte(data, start + place))
                    if highest_byte(folded[np.uint64(number)]) != length:
                        return False
                    for shift in range(length):
                        out[np.uint64(place + shift)] = folded[np.uint64(number)] >> np.uint64(8 * shift)
        at += 8
    return True


@entry
def fold_spans(data: Bytes, offsets: Offsets, entries: Entries, folded: Folded, out: Bytes, ends: Offsets) -> None:
    """Write each text case folded. Shapes: n + 1 offsets, n + 1 ends, of which the first is set.

    `entries` has a number a character, 0 for those that stay; `folded` has each number's UTF-8, with its length in
    the highest byte. `out` has room for three bytes where the text has one that is not ASCII, and `SLACK` at its end.
    """
    for row in range(len(offsets) - 1):
        start, end = offset(offsets, row), offset(offsets, row + 1)
        ends[row + 1] = _fold(data, start, end, entries, folded, out, offset(ends, row))


@kernel
def _fold(data: Bytes, at: int, end: int, entries: Entries, folded: Folded, out: Bytes, to: int) -> int:
    while at < end:
        if at + 8 <= len(data):
            word = load_word(data, at)
            plain = min(ascii_bytes(word), end - at)
            if plain > 0:
                store_word(out, to, lower_bytes(word))
                at += plain
                to += plain
                continue
        size = rune_bytes(byte(data, at))
        rune = rune_at(data, at)
        number = entries[np.uint64(rune)] if rune < len(entries) else np.uint16(0)
        if number != 0:
            store_word(out, to, folded[np.uint64(number)])
            to += highest_byte(folded[np.uint64(number)])
        else:
            store_word(out, to, rune_word(data, at, size))
            to += size
        at += size
    return to
