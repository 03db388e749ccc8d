"""Turn a set of texts into a hash table that tells which texts of a column are in it."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.text.arrow import text_buffers
from skywarden.detectors.text.hash_kernel import Hashes
from skywarden.detectors.text.hashing import HashKey, hash_texts
from skywarden.detectors.text.members_kernel import fill_slots, find_members

_FILTER_BITS = 8
"""Bits of the filter a slot; a slot of four at the most is taken, so one text in 32 or fewer passes by chance."""
_MOST_FILTER_WORDS = 1 << 18
"""Two megabytes: the filter is of use while it fits the processor's cache. The hash has bits for no more."""


class Members:
    """The entries of one set. Read by several threads at once, never changed.

    Texts come with their hashes, so that a column is hashed once however many sets and windows ask for it.
    """

    def __init__(self, entries: Iterable[str], key: HashKey) -> None:
        array = pa.array(entries if isinstance(entries, list) else list(entries), pa.string())
        data, offsets = text_buffers(array)
        slots = 2 << len(array).bit_length()
        numbers = np.full(slots, -1, np.int32)
        kept = np.zeros(slots, np.uint64)
        bits = np.zeros(max(1, min(slots * _FILTER_BITS // 64, _MOST_FILTER_WORDS)), np.uint64)
        fill_slots(hash_texts(array, key), numbers, kept, bits)
        self._table = (numbers, kept, bits, data, offsets)

    def holds(self, array: pa.StringArray, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which texts are entries, byte for byte; `hashes` are theirs. What stands for a null means nothing."""
        found = np.empty(len(array), np.bool_)
        data, offsets = text_buffers(array)
        find_members(hashes, data, offsets, *self._table, found)
        return found
