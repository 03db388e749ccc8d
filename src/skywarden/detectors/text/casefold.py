"""Turn texts into their case-folded form, all of a column at once, as `str.casefold` has it."""

from functools import cache

import numpy as np
import pyarrow as pa

from skywarden.detectors.text.arrow import Bytes, text_array, text_buffers
from skywarden.detectors.text.bytes_kernel import SLACK
from skywarden.detectors.text.fold_kernel import Entries, Folded, fold_in_place, fold_spans, non_ascii_bytes

_CASED_BELOW = 0x20000
"""No character from here on has a case; a test goes through all of Unicode."""
_GROWTH = 2
"""A character of two bytes may fold to six (U+0390)."""


def fold_texts(array: pa.StringArray) -> pa.StringArray:
    """Make upper and lower case the same (Unicode full case folding); null stays null."""
    data, offsets = text_buffers(array)
    start, end = int(offsets[0]), int(offsets[-1])
    out = np.empty(end - start + SLACK, np.uint8)
    out[-SLACK:] = 0
    if fold_in_place(data, start, out, _starts(), *_tables()):
        return text_array(out, offsets - offsets[0], array)
    room = end - start + _GROWTH * int(non_ascii_bytes(data, start, end)) + SLACK
    out, ends = np.empty(room, np.uint8), np.zeros(len(offsets), np.int32)
    fold_spans(data, offsets, *_tables(), out, ends)
    return text_array(out, ends, array)


@cache
def _tables() -> tuple[Entries, Folded]:
    """The number of each character's folding, and each folding's UTF-8 with its length in the highest byte."""
    entries, folded = np.zeros(_CASED_BELOW, np.uint16), [0]
    for code in range(_CASED_BELOW):
        char = chr(code)
        other = char.casefold()
        if other != char:
            entries[code] = len(folded)
            text = other.encode()
            folded.append(int.from_bytes(text, "little") | len(text) << 56)
    return entries, np.array(folded, np.uint64)


@cache
def _starts() -> Bytes:
    """Which first two bytes characters beyond ASCII have that fold to others, by the lowest six bits of both."""
    starts = np.zeros(1 << 12, np.uint8)
    for code in np.flatnonzero(_tables()[0]).tolist():
        if code > 0x7F:
            first, second = chr(code).encode()[:2]
            starts[(first & 0x3F) << 6 | (second & 0x3F)] = 1
    return starts
