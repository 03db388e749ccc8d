"""Give 64-bit keys slots that several features share, so that a key is looked up once for all of them."""

from typing import Protocol
from weakref import ref

import numpy as np

from skywarden.features.arrays import plain
from skywarden.features.contract import Flags, Hashes
from skywarden.features.index_kernel import Ints, Slots, find_all, insert_all, move_held

_SMALLEST = 1 << 10


class Holder(Protocol):
    """A feature that keeps something by slot."""

    def keys(self) -> int:
        """How many keys it keeps something for."""
        ...

    def held(self) -> Flags:
        """The slots that it keeps something in."""
        ...

    def move(self, moved: Slots, slots: int) -> None:
        """Take over new slots: `moved[old]` is the new slot of each that is held."""
        ...


def room_of(table: Hashes | Ints) -> int:
    """How many slots of a table may be taken: with fewer free ones the searches grow long."""
    return (len(table) - 1) // 4 * 3


def slots_for(count: int, smallest: int) -> int:
    """How many slots a new table gets that holds so many keys: at most five eighths are taken."""
    slots = smallest
    while count * 8 > slots * 5:
        slots *= 2
    return slots


class KeyIndex:
    """Keys by slot. Slots are given as keys come and taken back, by a rebuild, when no feature holds them.

    A rebuild changes no answer, so it may come at any time. It comes when three quarters of the slots are taken, and
    doubles the table when more than five eighths are held: ten million keys fit into 2**24 slots.
    """

    def __init__(self) -> None:
        self.table: Hashes = np.zeros(_SMALLEST + 1, dtype=np.uint64)
        self.used: Ints = np.zeros(1, dtype=np.int64)
        self.room = room_of(self.table)
        """How many slots may be taken before a rebuild."""
        self._holders: list[ref[Holder]] = []
        self._found_for: Hashes | None = None
        self._keys: Hashes = self.table[:0]
        self._slots: Slots = np.zeros(0, dtype=np.int32)

    def share(self, holder: Holder) -> None:
        """Let a feature keep things by slot, as long as it lives."""
        self._witness = ref(holder)
        self._holders.append(ref(holder))

    @property
    def sharers(self) -> int:
        """How many features share the table."""
        return len(self._sharing())

    def _sharing(self) -> list[Holder]:
        return [holder for holder in (held() for held in self._holders) if holder is not None]

    def find(self, keys: Hashes) -> tuple[Hashes, Slots]:
        """The keys, as kernels want them, and their slots, ABSENT where they have none.

        Asked for the very same array again, it gives the very same slots, which may have been filled in since.
        """
        if self._found_for is not keys:
            self._keys = plain(keys, np.uint64)
            self._slots = np.empty(len(keys), dtype=np.int32)
            find_all(self.table, self._keys, self._slots)
            self._found_for = keys
        return self._keys, self._slots

    def insert(self, keys: Hashes) -> Slots:
        """Give every key a slot."""
        if self.used[0] + len(keys) > self.room:
            self._rebuild(len(keys))
        slots = np.empty(len(keys), dtype=np.int32)
        insert_all(self.table, self.used, plain(keys, np.uint64), slots)
        return slots

    def tidy(self) -> bool:
        """Rebuild the table where it is full, or much too large for what is held. Was it?"""
        used = int(self.used[0])
        wanted = used >= self.room or (used > 8 * _SMALLEST and self._idle(used))
        if wanted:
            self._rebuild(0)
        return wanted

    def _idle(self, used: int) -> bool:
        """Are there many more slots than keys? One feature that has enough of them answers that alone."""
        witness = self._witness()
        if witness is not None and used <= 16 * witness.keys():
            return False
        sharing = self._sharing()
        if sharing:
            self._witness = ref(max(sharing, key=lambda holder: holder.keys()))
        return used > 16 * sum(holder.keys() for holder in sharing)

    def _rebuild(self, coming: int) -> None:
        old = self.table
        held = np.zeros(len(old), dtype=np.bool_)
        for holder in self._sharing():
            held |= holder.held()
        held &= old != 0
        slots = slots_for(int(np.count_nonzero(held)) + coming, _SMALLEST)
        self.table, self.used = np.zeros(slots + 1, dtype=np.uint64), np.zeros(1, dtype=np.int64)
        self.room = room_of(self.table)
        moved = np.empty(len(old), dtype=np.int32)
        move_held(old, held, self.table, self.used, moved)
        for holder in self._sharing():
            holder.move(moved, slots + 1)
        self._found_for = None
