"""Bring texts into their normal form by a table of characters that no neighbour changes, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import (
    HIGH_BITS,
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
from skywarden.detectors.text.fold_kernel import Entries, Folded
from skywarden.kernel.compiled import entry, kernel

SAME: Final = 0
HARD: Final = 1
SPACE: Final = 2
"""What the table says of a character: it stays; only Python knows; it is a space. Else where its form is."""
_BLANK: Final = ord(" ")
_ONES: Final = np.uint64(0x0101010101010101)
_BLANKS: Final = np.uint64(_BLANK) * _ONES
_SEVENS: Final = np.uint64(0x7F) * _ONES
_FROM_BLANK: Final = np.uint64(0x80 - _BLANK) * _ONES
_EIGHT: Final = np.uint64(8)
_FIRST_BYTE: Final = np.uint64(0x80)
_NONE: Final = np.uint64(0)


@entry
def normal_spans(
    data: Bytes,
    offsets: Offsets,
    entries: Entries,
    forms: Folded,
    out: Bytes,
    ends: Offsets,
    hard: npt.NDArray[np.bool_],
) -> int:
    """Write each text's normal form, or nothing and flag it as hard; tell how many are hard.

    Shapes: n + 1 offsets, n + 1 ends, n flags. `entries` has a number a character; `forms` has each number's UTF-8,
    with its length in the highest byte. `out` has room for three bytes where the text has one that is not ASCII, and
    `SLACK` at its end.
    """
    found = 0
    for row in range(len(hard)):
        start = offset(ends, row)
        to = _normal(data, offset(offsets, row), offset(offsets, row + 1), entries, forms, out, start)
        hard[row] = to < 0
        found += to < 0
        ends[row + 1] = max(to, start)
    return found


@kernel
def _normal(data: Bytes, at: int, end: int, entries: Entries, forms: Folded, out: Bytes, to: int) -> int:
    """Write one text's form and give its end; -1 for a hard text."""
    start, spaced = to, True
    while at < end:
        if at + 8 <= len(data):
            word = load_word(data, at)
            plain = min(ascii_bytes(word), end - at, lowest_bit(_needless(word, spaced)) >> 3)
            if plain > 0:
                store_word(out, to, lower_bytes(word))
                at += plain
                to += plain
                spaced = byte(out, to - 1) == _BLANK
                continue
        size = rune_bytes(byte(data, at))
        rune = rune_at(data, at)
        number = np.int64(entries[np.uint64(rune)]) if rune < len(entries) else HARD
        if number == HARD:
            return -1
        if number == SPACE:
            if not spaced:
                store_word(out, to, _BLANKS)
                to += 1
                spaced = True
        elif number == SAME:
            store_word(out, to, rune_word(data, at, size))
            to += size
            spaced = False
        else:
            form = forms[np.uint64(number)]
            store_word(out, to, form)
            to += highest_byte(form)
            spaced = spaced and highest_byte(form) == 0
        at += size
    return to - 1 if spaced and to > start else to


@kernel
def _needless(word: np.uint64, spaced: bool) -> np.uint64:
    """Mark control characters, and blanks after a blank, among the ASCII bytes at a word's beginning."""
    blanks = ~((word ^ _BLANKS) + _SEVENS) & HIGH_BITS
    before = (blanks << _EIGHT) | (_FIRST_BYTE if spaced else _NONE)
    return (blanks & before) | (~(word + _FROM_BLANK) & HIGH_BITS)
