"""Lay texts one after the other with a separator around each, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import HIGH_BITS, byte, load_word, offset, store_word
from skywarden.kernel.compiled import entry, kernel

_ONES: Final = np.uint64(0x0101010101010101)


@entry
def lay_rows(
    data: Bytes, offsets: Offsets, out: Bytes, starts: npt.NDArray[np.int64], unusual: npt.NDArray[np.bool_]
) -> int:
    """Write a zero byte, then each text and a zero byte; tell where texts begin and which have one of their own.

    Shapes: n + 1 offsets; `out` with room for the texts, n + 1 zeros and `SLACK`; n starts; n flags.
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
    """Copy a text; tell whether a zero byte is in it."""
    zeros = np.uint64(0)
    done = 0
    while done + 8 <= size:
        word = load_word(data, start + done)
        store_word(out, to + done, word)
        zeros |= (word - _ONES) & ~word & HIGH_BITS
        done += 8
    found = bool(zeros != 0)
    while done < size:
        char = byte(data, start + done)
        out[np.uint64(to + done)] = char
        found |= char == 0
        done += 1
    return found
