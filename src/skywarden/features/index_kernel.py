"""Find 64-bit keys in an open-addressing table, in compiled code.

A table has a power of two of slots, and one more: the last is that of key 0, which marks empty slots elsewhere.
"""

import numpy as np
import numpy.typing as npt

from skywarden.kernel.compiled import entry, kernel

Hashes = npt.NDArray[np.uint64]
Slots = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

ABSENT = -1


@kernel
def find(table: Hashes, key: np.uint64) -> np.int64:
    """The slot of a key, or ABSENT."""
    slots = len(table) - 1
    if key == 0:
        return np.int64(slots)
    mask = np.uint64(slots - 1)
    at = key & mask
    while table[at] != key:
        if table[at] == 0:
            return np.int64(ABSENT)
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def insert(table: Hashes, used: Ints, key: np.uint64) -> np.int64:
    """The slot of a key, new or not; `used` counts slots. The caller sees to room."""
    slots = len(table) - 1
    if key == 0:
        return np.int64(slots)
    mask = np.uint64(slots - 1)
    at = key & mask
    while table[at] != key:
        if table[at] == 0:
            table[at] = key
            used[0] += 1
            break
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@entry
def find_all(table: Hashes, keys: Hashes, slots: Slots) -> None:
    """Find every key; the look-ups do not wait for one another."""
    for row in range(len(keys)):
        slots[row] = find(table, keys[row])


@entry
def insert_all(table: Hashes, used: Ints, keys: Hashes, slots: Slots) -> None:
    """Find or insert every key."""
    for row in range(len(keys)):
        slots[row] = insert(table, used, keys[row])


@entry
def move_held(old: Hashes, held: Flags, table: Hashes, used: Ints, moved: Slots) -> None:
    """Insert the held keys of an old table into a new one; `moved` says where each slot went, or ABSENT."""
    last = len(old) - 1
    for slot in range(last):
        moved[slot] = insert(table, used, old[slot]) if held[slot] else ABSENT
    moved[last] = len(table) - 1
