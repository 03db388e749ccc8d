"""Find texts in a hash table of texts, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import offset, same_bytes
from skywarden.detectors.text.hash_kernel import Hashes
from skywarden.kernel.compiled import entry, kernel

Numbers = npt.NDArray[np.int32]


FILTER_SHIFT: Final = np.uint64(40)
"""The bit of the filter is chosen by other bits of the hash than the slot."""
_WORD_BITS: Final = np.uint64(63)
_SIX: Final = np.uint64(6)
_ONE: Final = np.uint64(1)


@entry
def fill_slots(hashes: Hashes, numbers: Numbers, kept: Hashes, filter_words: Hashes) -> None:
    """Put each entry's number and hash into the first free slot from its hash on, and set its bit in the filter.

    Shapes: n hashes; more than n slots, a power of two, `numbers` of -1; a power of two of filter words.
    """
    mask, filter_mask = np.uint64(len(numbers) - 1), np.uint64(len(filter_words) - 1)
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while numbers[slot] >= 0:
            slot = (slot + _ONE) & mask
        numbers[slot] = number
        kept[slot] = hashes[number]
        bit = hashes[number] >> FILTER_SHIFT
        filter_words[(bit >> _SIX) & filter_mask] |= _ONE << (bit & _WORD_BITS)


@entry
def find_members(
    hashes: Hashes,
    data: Bytes,
    offsets: Offsets,
    numbers: Numbers,
    kept: Hashes,
    filter_words: Hashes,
    entry_data: Bytes,
    entry_offsets: Offsets,
    masks: Hashes,
    out: Hashes,
) -> None:
    """Write the mask of the entry that each text is, byte for byte, or 0. Shapes: n hashes, n + 1 offsets, n out.

    The filter fits the processor's cache where the table does not, and most texts are in no set.
    """
    mask, filter_mask = np.uint64(len(numbers) - 1), np.uint64(len(filter_words) - 1)
    for row in range(len(out)):
        bit = hashes[row] >> FILTER_SHIFT
        out[row] = (filter_words[(bit >> _SIX) & filter_mask] >> (bit & _WORD_BITS)) & _ONE
    for row in range(len(out)):
        if out[row] != 0:
            slot = hashes[row] & mask
            found = np.uint64(0)
            while numbers[slot] >= 0 and found == 0:
                number = offset(numbers, slot)
                if kept[slot] == hashes[row] and _same(data, offsets, row, entry_data, entry_offsets, number):
                    found = masks[np.uint64(number)]
                slot = (slot + _ONE) & mask
            out[row] = found


@kernel
def _same(data: Bytes, offsets: Offsets, row: int, other: Bytes, other_offsets: Offsets, number: int) -> bool:
    start, other_start = offset(offsets, row), offset(other_offsets, number)
    size = offset(offsets, row + 1) - start
    if size != offset(other_offsets, number + 1) - other_start:
        return False
    return same_bytes(data, start, other, other_start, size)
