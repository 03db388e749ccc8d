"""Lay texts one after the other with a separator around each, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import HIGH_BITS, byte, load_tail, load_word, offset, store_word
from skywarden.kernel.compiled import entry, kernel

_ONES: Final = np.uint64(0x0101010101010101)


_LONG_S_1, _LONG_S_2 = 0xC5, 0xBF
_KELVIN_1, _KELVIN_2, _KELVIN_3 = 0xE2, 0x84, 0xAA
"""UTF-8 of the letters that `rules.patterns.scannable` calls odd."""
_LONG_S_BYTES: Final = np.uint64(_LONG_S_1) * _ONES
_KELVIN_BYTES: Final = np.uint64(_KELVIN_2) * _ONES
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)


@entry
def lay_rows(
    data: Bytes, offsets: Offsets, out: Bytes, starts: npt.NDArray[np.int64], unusual: npt.NDArray[np.bool_]
) -> int:
    """Write a zero byte, then each text and a zero byte; tell where texts begin and which are unusual.

    Shapes: n + 1 offsets; `out` with room for the texts, n + 1 zeros and `SLACK`; n starts; n flags.
    A text is unusual that has a zero byte of its own, or an odd letter.
    """
    out[0] = 0
    to = 1
    for row in range(len(starts)):
        start = offset(offsets, row)
        size = offset(offsets, row + 1) - start
        starts[row] = to
        unusual[row] = _copy(data, start, size, out, to)
        to += size
        out[to] = 0
        to += 1
    return to


@kernel
def _copy(data: Bytes, start: int, size: int, out: Bytes, to: int) -> bool:
    """Copy a text; tell whether it is unusual."""
    zeros = odd = np.uint64(0)
    done = 0
    while done + 8 <= size:
        word = load_word(data, start + done)
        store_word(out, to + done, word)
        zeros |= _zeros(word)
        odd |= _zeros(word ^ _LONG_S_BYTES) | _zeros(word ^ _KELVIN_BYTES)
        done += 8
    word = load_tail(data, start + done, size - done)
    store_word(out, to + done, word)
    zeros |= _zeros(word | (_ALL << np.uint64(8 * (size - done))))
    odd |= _zeros(word ^ _LONG_S_BYTES) | _zeros(word ^ _KELVIN_BYTES)
    return bool(zeros != 0) or (odd != 0 and _has_odd_letter(data, start, start + size))


@kernel
def _zeros(word: np.uint64) -> np.uint64:
    """Not zero when one of the word's bytes is."""
    return (word - _ONES) & ~word & HIGH_BITS


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
