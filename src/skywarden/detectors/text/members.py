"""Turn sets of texts into a hash table that tells which of them a column's texts are in."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from skywarden.detectors.text.arrow import text_buffers
from skywarden.detectors.text.hash_kernel import Hashes
from skywarden.detectors.text.hashing import HashKey, hash_texts
from skywarden.detectors.text.members_kernel import fill_slots, find_members

_FILTER_BITS = 8
"""Bits of the filter a slot; a slot of four at the most is taken, so one text in 32 or fewer passes by chance."""
_MOST_FILTER_WORDS = 1 << 18
"""Two megabytes: the filter is of use while it fits the processor's cache. The hash has bits for no more."""


MOST_SETS = 64


class Members:
    """The entries of up to `MOST_SETS` sets. Read by several threads at once, never changed.

    Texts come with their hashes, so that a column is hashed once however many sets and windows ask for it; and all sets
    that are asked of one column are one table, so that a text is looked up once.
    """

    def __init__(self, sets: Sequence[Iterable[str]], key: HashKey) -> None:
        masks: dict[str, int] = {}
        for number, entries in enumerate(sets):
            for entry in entries:
                masks[entry] = masks.get(entry, 0) | 1 << number
        array = pa.array(list(masks), pa.string())
        data, offsets = text_buffers(array)
        slots = 2 << len(array).bit_length()
        numbers = np.full(slots, -1, np.int32)
        kept = np.zeros(slots, np.uint64)
        bits = np.zeros(max(1, min(slots * _FILTER_BITS // 64, _MOST_FILTER_WORDS)), np.uint64)
        fill_slots(hash_texts(array, key), numbers, kept, bits)
        self._table = (numbers, kept, bits, data, offsets, np.array(list(masks.values()), np.uint64))

    def sets_of(self, array: pa.StringArray, hashes: Hashes) -> Hashes:
        """A bit for each set that a text is in, byte for byte; `hashes` are theirs. A null's mean nothing."""
        found = np.empty(len(array), np.uint64)
        data, offsets = text_buffers(array)
        find_members(hashes, data, offsets, *self._table, found)
        return found
