"""Lay texts one after the other with a separator around each, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import byte, load_tail, load_word, offset, store_word
from skywarden.kernel.compiled import entry, kernel

_ONE: Final = np.uint64(1)
_LONG_S_1, _LONG_S_2 = np.uint8(0xC5), np.uint8(0xBF)
_KELVIN_1, _KELVIN_2, _KELVIN_3 = np.uint8(0xE2), np.uint8(0x84), np.uint8(0xAA)
"""UTF-8 of the letters that `rules.patterns.scannable` calls odd."""


@entry
def lay_rows(
    data: Bytes, offsets: Offsets, out: Bytes, starts: npt.NDArray[np.int64], unusual: npt.NDArray[np.bool_]
) -> int:
    """Write a zero byte, then each text and a zero byte; tell where texts begin and which are unusual.

    Shapes: n + 1 offsets; `out` with room for the texts, n + 1 zeros and `SLACK`; n starts; n flags.
    A text is unusual that has a zero byte of its own, or an odd letter.
    """
    rows = len(starts)
    first, last = offset(offsets, 0), offset(offsets, rows)
    doubtful = _may_be_unusual(data, np.uint64(first), np.uint64(last))
    out[0] = 0
    to = 1
    for row in range(rows):
        start, stop = offset(offsets, row), offset(offsets, row + 1)
        starts[row] = to
        unusual[row] = doubtful and _is_unusual(data, start, stop)
        to = _copy(data, start, stop, out, to)
        out[to] = 0
        to += 1
    return to


@kernel
def _may_be_unusual(data: Bytes, first: np.uint64, last: np.uint64) -> bool:
    """Is there a zero byte, or two as of an odd letter? Quick, since it may say so in vain.

    In least values of single bytes, which the compiler looks at by the dozen.
    """
    zero = long_s = kelvin = np.uint8(0xFF)
    if first < last:
        zero = data[first]
    for at in range(first + _ONE, last):
        char = data[at]
        before = data[at - _ONE]
        zero = min(zero, char)
        long_s = min(long_s, np.uint8(np.uint8(before ^ _LONG_S_1) | np.uint8(char ^ _LONG_S_2)))
        kelvin = min(kelvin, np.uint8(np.uint8(before ^ _KELVIN_2) | np.uint8(char ^ _KELVIN_3)))
    return bool(zero == 0 or long_s == 0 or kelvin == 0)


@kernel
def _copy(data: Bytes, start: int, stop: int, out: Bytes, to: int) -> int:
    """Copy a text, and up to seven bytes more where there are any; tell where it ends."""
    at = start
    while at < stop and at + 8 <= len(data):
        store_word(out, to + at - start, load_word(data, at))
        at += 8
    if at < stop:
        store_word(out, to + at - start, load_tail(data, at, stop - at))
    return to + stop - start


@kernel
def _is_unusual(data: Bytes, start: int, stop: int) -> bool:
    """Has a text a zero byte or an odd letter?"""
    for at in range(start, stop):
        if byte(data, at) == 0:
            return True
    return _has_odd_letter(data, start, stop)


@kernel
def _has_odd_letter(data: Bytes, start: int, end: int) -> bool:
    for at in range(start + 1, end):
        char = byte(data, at)
        if char == _LONG_S_2 and byte(data, at - 1) == _LONG_S_1:
            return True
        last_two = char == _KELVIN_3 and byte(data, at - 1) == _KELVIN_2
        if last_two and at >= start + 2 and byte(data, at - 2) == _KELVIN_1:
            return True
    return False
