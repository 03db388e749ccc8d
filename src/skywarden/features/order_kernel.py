"""Keep entries in the order of their last use, and find those that have a key, in compiled code.

An entry is a number below the room of the arrays. What was used longest ago is forgotten first: past its time, or to
make room at a limit. Both happen at an operation, so they are the same however operations are split into calls.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skywarden.kernel.compiled import entry, kernel

Entries = npt.NDArray[np.int32]

NOBODY = -1
OLDEST, NEWEST, FREE, FRESH, HELD, EVICTED, MOST, SERIAL = range(8)
"""Fields of `Order.head`: ends of the list, first free entry, first never used one, how many, limits, next number."""

_PHI = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Order(NamedTuple):
    """A list from the longest unused entry to the one used last. `used` is a time or a number of a slice."""

    used: npt.NDArray[np.int64]
    older: Entries
    newer: Entries
    head: npt.NDArray[np.int64]


class Table(NamedTuple):
    """Entries by key: `slots` has an entry or `NOBODY`, and is at most half full."""

    keys: npt.NDArray[np.uint64]
    slots: Entries


@kernel
def whole(number: np.integer[Any]) -> int:
    """What stands in an array as a signed number: numba makes a float of uint64 and int64."""
    return np.int64(number)  # type: ignore[return-value]  # what numba calls int


@kernel
def has_room(order: Order) -> bool:
    """Whether an entry can be added without larger arrays; one that is dropped first makes room too."""
    head = order.head
    return bool(head[FREE] != NOBODY or head[FRESH] < len(order.used) or head[HELD] >= head[MOST])


@kernel
def append(order: Order, used: int) -> int:
    """Take a free entry as the one used last."""
    head = order.head
    number = whole(head[FREE])
    if number == NOBODY:
        number = whole(head[FRESH])
        head[FRESH] += 1
    else:
        head[FREE] = order.newer[number]
    head[HELD] += 1
    _link(order, number, used)
    return number


@kernel
def renew(order: Order, number: int, used: int) -> None:
    """Make an entry the one used last."""
    order.used[number] = used
    if order.head[NEWEST] != number:
        _unlink(order, number)
        _link(order, number, used)


@kernel
def remove(order: Order, number: int) -> None:
    """Give an entry back."""
    _unlink(order, number)
    order.newer[number] = order.head[FREE]
    order.head[FREE] = number
    order.head[HELD] -= 1


@kernel
def _link(order: Order, number: int, used: int) -> None:
    last = whole(order.head[NEWEST])
    order.used[number] = used
    order.older[number], order.newer[number] = last, NOBODY
    if last == NOBODY:
        order.head[OLDEST] = number
    else:
        order.newer[last] = number
    order.head[NEWEST] = number


@kernel
def _unlink(order: Order, number: int) -> None:
    older, newer = whole(order.older[number]), whole(order.newer[number])
    if older == NOBODY:
        order.head[OLDEST] = newer
    else:
        order.newer[older] = newer
    if newer == NOBODY:
        order.head[NEWEST] = older
    else:
        order.older[newer] = older


@kernel
def find(table: Table, key: np.uint64) -> int:
    """The entry of a key, or `NOBODY`."""
    mask = len(table.slots) - 1
    slot = _home(key, mask)
    while True:
        number = whole(table.slots[slot])
        if number == NOBODY or table.keys[number] == key:
            return number
        slot = (slot + 1) & mask


@kernel
def add_key(table: Table, order: Order, key: np.uint64, used: int) -> int:
    """Take an entry for a key that has none; at the limit the longest unused one goes."""
    head = order.head
    if head[HELD] >= head[MOST]:
        head[EVICTED] += 1
        drop_key(table, order, whole(head[OLDEST]))
    number = append(order, used)
    table.keys[number] = key
    _enter(table, number)
    return number


@kernel
def drop_past(table: Table, order: Order, floor: int) -> None:
    """Forget the keys that were last used at `floor` or before."""
    while order.head[OLDEST] != NOBODY and order.used[order.head[OLDEST]] <= floor:
        drop_key(table, order, whole(order.head[OLDEST]))


@kernel
def drop_key(table: Table, order: Order, number: int) -> None:
    """Forget a key; those behind it in its run of slots move up, so no mark of it stays."""
    slots, mask = table.slots, len(table.slots) - 1
    hole = _home(table.keys[number], mask)
    while slots[hole] != number:
        hole = (hole + 1) & mask
    slot = (hole + 1) & mask
    while slots[slot] != NOBODY:
        if (slot - _home(table.keys[slots[slot]], mask)) & mask >= (slot - hole) & mask:
            slots[hole] = slots[slot]
            hole = slot
        slot = (slot + 1) & mask
    slots[hole] = NOBODY
    remove(order, number)


@entry
def enter_all(table: Table, order: Order) -> None:
    """Fill empty slots with all entries of the list."""
    number = whole(order.head[OLDEST])
    while number != NOBODY:
        _enter(table, number)
        number = whole(order.newer[number])


@entry
def listed(order: Order, numbers: npt.NDArray[np.int64]) -> None:
    """Write down all entries, longest unused first. Shape: `numbers` has as many places as entries are held."""
    number = whole(order.head[OLDEST])
    for place in range(len(numbers)):
        numbers[place] = number
        number = whole(order.newer[number])


@kernel
def _enter(table: Table, number: int) -> None:
    mask = len(table.slots) - 1
    slot = _home(table.keys[number], mask)
    while table.slots[slot] != NOBODY:
        slot = (slot + 1) & mask
    table.slots[slot] = number


@kernel
def _home(key: np.uint64, mask: int) -> int:
    return whole((key * _PHI) >> _HALF) & mask
