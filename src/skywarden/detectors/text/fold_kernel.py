"""Case-fold texts by tables of Unicode's full case folding, in compiled code."""

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import (
    ascii_bytes,
    byte,
    highest_byte,
    load_word,
    lower_bytes,
    offset,
    rune_at,
    rune_bytes,
    rune_word,
    store_word,
)
from skywarden.kernel.compiled import entry, kernel

Folded = npt.NDArray[np.uint64]
Entries = npt.NDArray[np.uint16]


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
