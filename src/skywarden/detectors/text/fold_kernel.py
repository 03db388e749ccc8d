"""Case-fold texts by tables of Unicode's full case folding, in compiled code."""

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import (
    HIGH_BITS,
    ascii_bytes,
    byte,
    highest_byte,
    load_tail,
    load_word,
    offset,
    rune_at,
    rune_bytes,
    store_word,
)
from skywarden.kernel.compiled import entry, kernel

Folded = npt.NDArray[np.uint64]
Entries = npt.NDArray[np.uint16]

_ONES = np.uint64(0x0101010101010101)
_TO_AT = np.uint64(0x80 - ord("A"))
_TO_AFTER_Z = np.uint64(0x7F - ord("Z"))
_TWO = np.uint64(2)


@entry
def non_ascii_bytes(data: Bytes, start: int, end: int) -> int:
    """How many bytes of data[start:end] are not ASCII."""
    found = 0
    for at in range(np.uint64(start), np.uint64(end)):
        found += data[at] >> 7
    return found


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
                store_word(out, to, _lower(word))
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
            store_word(out, to, load_word(data, at) if at + 8 <= len(data) else load_tail(data, at, size))
            to += size
        at += size
    return to


@kernel
def _lower(word: np.uint64) -> np.uint64:
    """Make capitals small in the ASCII bytes at a word's beginning: none of their sums passes into the next byte."""
    after_z = word + _ONES * _TO_AFTER_Z
    from_a = word + _ONES * _TO_AT
    return word | (((from_a ^ after_z) & HIGH_BITS) >> _TWO)
