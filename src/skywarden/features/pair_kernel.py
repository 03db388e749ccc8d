"""Find pairs of a key and a member in an open-addressing table of rows, in compiled code.

A table is as that of an index, but that a row has the number of the pair's newest entry beside it: one cache line.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Ints, Slots
from skywarden.kernel.compiled import entry, kernel

# Columns of `pairs`: the hash of a key and a member, and the number of its newest entry.
PAIR, SEEN, PAIR_COLUMNS = 0, 1, 2
# Column of a queue: the pair's row and one in the upper half, the key's slot and one in the lower (0: no longer held).
OF = 0
HALF = 32
LOWER = (1 << HALF) - 1

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@kernel
def pair_hash(key: np.uint64, member: np.uint64) -> np.uint64:
    """One hash of a key and a member; what two pairs have by chance in common is as rare as for keys."""
    return _mix(_mix(member + _GOLDEN) + key * _GOLDEN)


@kernel
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


@kernel
def insert_pair(pairs: Ints, used: Ints, value: np.uint64) -> np.int64:
    """The row of a pair, new or not; as `insert` of an index."""
    rows = len(pairs) - 1
    key = np.int64(value)
    if key == 0:
        return np.int64(rows)
    mask = np.int64(rows - 1)
    at = key & mask
    while pairs[at, PAIR] != key:
        if pairs[at, PAIR] == 0:
            pairs[at, PAIR] = key
            used[0] += 1
            break
        at = (at + 1) & mask
    return np.int64(at)


@entry
def move_pairs(pairs: Ints, new_pairs: Ints, used: Ints, queue: Ints, head: int, tail: int, moved: Slots) -> None:
    """Take the pairs that are held to a new table, and name their rows in the entries."""
    for row in range(len(pairs)):
        moved[row] = ABSENT
        if pairs[row, SEEN] >= head:
            moved[row] = insert_pair(new_pairs, used, np.uint64(pairs[row, PAIR]))
            new_pairs[moved[row], SEEN] = pairs[row, SEEN]
    for number in range(head, tail):
        of = queue[number & (len(queue) - 1), OF]
        if of >> HALF != 0:
            queue[number & (len(queue) - 1), OF] = ((np.int64(moved[(of >> HALF) - 1]) + 1) << HALF) | (of & LOWER)
