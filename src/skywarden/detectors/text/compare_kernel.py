"""Compare and measure texts column by column, in compiled code."""

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import load_tail, load_word, offset, same_bytes
from skywarden.kernel.compiled import entry, kernel

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_ONES = np.uint64(0x0101010101010101)
_TOP_BYTE = np.uint64(56)


@entry
def same_texts(data: Bytes, offsets: Offsets, other: Bytes, other_offsets: Offsets, out: Bools) -> None:
    """Which texts are the same, byte for byte. Shapes: n + 1 offsets of both, n out."""
    for row in range(len(out)):
        start, other_start = offset(offsets, row), offset(other_offsets, row)
        size = offset(offsets, row + 1) - start
        out[row] = size == offset(other_offsets, row + 1) - other_start and same_bytes(
            data, start, other, other_start, size
        )


@kernel
def _going_on(word: np.uint64) -> np.uint64:
    """How many of a word's bytes go on with a character."""
    return (((word & ~(word << np.uint64(1))) >> np.uint64(7)) & _ONES) * _ONES >> _TOP_BYTE


@entry
def count_characters(data: Bytes, offsets: Offsets, out: Numbers) -> None:
    """How many characters each text has: bytes that do not go on with one. Shapes: n + 1 offsets, n out."""
    for row in range(len(out)):
        at, end = offset(offsets, row), offset(offsets, row + 1)
        going_on = np.uint64(0)
        size = end - at
        while at + 8 <= end:
            word = load_word(data, at)
            going_on += _going_on(word)
            at += 8
        if at < end:
            going_on += _going_on(load_tail(data, at, end - at))
        out[row] = size - np.int64(going_on)
