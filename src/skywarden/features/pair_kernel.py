"""Find pairs of a key and a member in an open-addressing table of rows, in compiled code.

A row has the number of the pair's newest entry beside its hash: one cache line. Entries name a pair by its hash, so a
larger table changes none of them; half of it takes the rows in their order, and so does the other.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Hashes, Ints, Slots
from skywarden.features.prefetch_kernel import AHEAD, prefetch
from skywarden.kernel.compiled import entry, kernel

# Columns of `pairs`: the hash of a key and a member, and the number of its newest entry. The last row is that of the
# hash 0, which marks empty rows elsewhere.
PAIR, SEEN, PAIR_COLUMNS = 0, 1, 2

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@entry
def hash_pairs_of(keys: Hashes, members: Hashes, values: Hashes) -> None:
    """One hash of each key and member; what two pairs have by chance in common is as rare as for keys."""
    for row in range(len(keys)):
        values[row] = _mix(_mix(members[row] + _GOLDEN) + keys[row] * _GOLDEN)


@kernel
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


@kernel
def ask_for_pair(pairs: Ints, value: np.uint64) -> None:
    """Ask memory for where a pair would stand."""
    prefetch(pairs, PAIR_COLUMNS * np.int64(value & np.uint64(len(pairs) - 2)))


@kernel
def find_pair(pairs: Ints, value: np.uint64) -> np.int64:
    """The row of a pair, or the empty row where it would stand."""
    rows = len(pairs) - 1
    key = np.int64(value)
    if key == 0:
        return np.int64(rows)
    mask = np.uint64(rows - 1)
    at = value & mask
    while pairs[at, PAIR] != key and pairs[at, PAIR] != 0:
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def insert_pair(pairs: Ints, used: Ints, value: np.uint64) -> np.int64:
    """The row of a pair, new or not; the caller sees to room."""
    at = find_pair(pairs, value)
    if pairs[np.uint64(at), PAIR] != np.int64(value):
        pairs[np.uint64(at), PAIR] = np.int64(value)
        used[0] += 1
    return at


@entry
def find_pairs(pairs: Ints, values: Hashes, rows: Slots) -> None:
    """The row of each pair, ABSENT where there is none."""
    for number in range(len(values)):
        at = find_pair(pairs, values[number])
        rows[number] = at if pairs[np.uint64(at), PAIR] == np.int64(values[number]) else ABSENT


@entry
def move_pairs(pairs: Ints, new_pairs: Ints, used: Ints, head: int) -> None:
    """Take the pairs that are held to a new table."""
    for row in range(len(pairs)):
        if row + AHEAD < len(pairs):
            ask_for_pair(new_pairs, np.uint64(pairs[row + AHEAD, PAIR]))
        if pairs[row, SEEN] >= head:
            moved = np.uint64(insert_pair(new_pairs, used, np.uint64(pairs[row, PAIR])))
            new_pairs[moved, SEEN] = pairs[row, SEEN]
