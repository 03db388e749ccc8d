"""Give 64-bit keys numbers, by an open-addressing table, in compiled code.

A table has a power of two of rows: a key beside its slot and one, so that both come in one cache line; 0 is an empty
row. Slots are given in turn, so what features keep by slot lies close together, and a larger table moves none of it.
"""

import numpy as np
import numpy.typing as npt

from skywarden.features.prefetch_kernel import AHEAD, prefetch
from skywarden.kernel.compiled import entry, kernel

Hashes = npt.NDArray[np.uint64]
Slots = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

ABSENT = -1
# Columns of a table.
KEY, SLOT, TABLE_COLUMNS = 0, 1, 2


@kernel
def _place(table: Ints, key: np.uint64) -> np.int64:
    """The row of a key, or the empty row where it would stand."""
    mask = np.uint64(len(table) - 1)
    at = key & mask
    while table[at, SLOT] != 0 and table[at, KEY] != np.int64(key):
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@entry
def take_slots(
    table: Ints, names: Hashes, used: Ints, room: int, keys: Hashes, adds: Flags, slots: Slots, start: int
) -> int:
    """Find the keys that have no slot here yet, and give those that are added a new one.

    `names` gets the key of each slot. Returns the first row that there is no room for, or their number.
    """
    mask = np.uint64(len(table) - 1)
    for row in range(start, len(keys)):
        if row + AHEAD < len(keys) and slots[row + AHEAD] == ABSENT:
            prefetch(table, TABLE_COLUMNS * np.int64(keys[row + AHEAD] & mask))
        if slots[row] != ABSENT:
            continue
        at = np.uint64(_place(table, keys[row]))
        slot = table[at, SLOT]
        if slot == 0 and adds[row]:
            if used[0] >= room:
                return row
            names[np.uint64(used[0])] = keys[row]
            used[0] += 1
            slot = used[0]
            table[at, KEY], table[at, SLOT] = np.int64(keys[row]), slot
        slots[row] = slot - 1
    return len(keys)


@entry
def fill_table(table: Ints, names: Hashes, count: int) -> None:
    """Put the first keys of `names`, all different, into an empty table."""
    mask = np.uint64(len(table) - 1)
    for slot in range(count):
        if slot + AHEAD < count:
            prefetch(table, TABLE_COLUMNS * np.int64(names[slot + AHEAD] & mask))
        at = np.uint64(_place(table, names[slot]))
        table[at, KEY], table[at, SLOT] = np.int64(names[slot]), slot + 1
