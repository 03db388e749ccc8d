"""Give 64-bit keys slots that several features share, so that a key is looked up once for all of them."""

from typing import Protocol
from weakref import ref

import numpy as np

from skywarden.features.arrays import all_true, plain
from skywarden.features.contract import Flags, Hashes
from skywarden.features.index_kernel import ABSENT, TABLE_COLUMNS, Ints, Slots, fill_table, take_slots

_SMALLEST = 1 << 10


class Holder(Protocol):
    """A feature that keeps something by slot."""

    def keys(self) -> int:
        """How many keys it keeps something for."""
        ...

    def held(self) -> Flags:
        """The slots that it keeps something in; of those after the last it has nothing."""
        ...

    def move(self, moved: Slots, slots: int) -> None:
        """Take over new slots: `moved[old]` is the new slot of each that is held."""
        ...


def room_of(rows: int) -> int:
    """How many rows of a table may be taken: with fewer free ones the searches grow long."""
    return rows // 8 * 5


def rows_for(count: int, smallest: int) -> int:
    """How many rows a table gets that holds so many keys."""
    rows = smallest
    while count > room_of(rows):
        rows *= 2
    return rows


class KeyIndex:
    """Keys by slot: 0 to `used` - 1, as they came. `names` has each slot's key.

    Slots that no feature holds are taken back when there is no room and they are three eighths at least, or when there
    are many more of them than keys; else the table grows. Neither changes an answer, so it may come at any time. Ten
    million keys fit into 2**24 rows.
    """

    def __init__(self) -> None:
        self._used: Ints = np.zeros(1, dtype=np.int64)
        self.names: Hashes = np.zeros(0, dtype=np.uint64)
        self._table: Ints
        self._make_table(0)
        self._holders: list[ref[Holder]] = []
        self._found_for: Hashes | None = None
        self._keys: Hashes = self.names
        self._slots: Slots = np.zeros(0, dtype=np.int32)

    @property
    def used(self) -> int:
        """How many slots there are."""
        return int(self._used[0])

    @property
    def room(self) -> int:
        """How many slots there may be before the table grows."""
        return len(self.names)

    def share(self, holder: Holder) -> None:
        """Let a feature keep things by slot, as long as it lives."""
        self._witness = ref(holder)
        self._holders.append(ref(holder))

    def held_bytes(self) -> int:
        """A feature's share of the memory."""
        return (self._table.nbytes + self.names.nbytes) // len(self._sharing())

    def _sharing(self) -> list[Holder]:
        return [holder for holder in (held() for held in self._holders) if holder is not None]

    def slots_of(self, keys: Hashes, adds: Flags) -> tuple[Hashes, Slots]:
        """The keys, as kernels want them, and their slots: ABSENT for those that were never added before.

        Asked for the very same array again, it looks only for what had no slot before.
        """
        if self._found_for is not keys:
            self._keys, self._found_for = plain(keys, np.uint64), keys
            self._slots = np.full(len(keys), ABSENT, dtype=np.int32)
        self._take(self._keys, adds, self._slots)
        return self._keys, self._slots

    def insert(self, keys: Hashes) -> Slots:
        """Give every key a slot."""
        slots = np.full(len(keys), ABSENT, dtype=np.int32)
        self._found_for = None
        self._take(plain(keys, np.uint64), all_true(len(keys)), slots)
        return slots

    def _take(self, keys: Hashes, adds: Flags, slots: Slots) -> None:
        done = 0
        while (done := take_slots(self._table, self.names, self._used, self.room, keys, adds, slots, done)) < len(keys):
            held = self._held(slots[slots != ABSENT])
            if 8 * np.count_nonzero(held) > 5 * len(held):
                self._make_table(len(held) + 1)
            else:
                moved = self._compact(held)
                slots[:] = np.where(slots == ABSENT, ABSENT, moved[slots])

    def tidy(self) -> None:
        """Take slots back where there are many more of them than keys."""
        if self.used > 8 * _SMALLEST and self._idle(self.used):
            self._compact(self._held(self._slots[:0]))
            self._found_for = None

    def _idle(self, used: int) -> bool:
        """Are there many more slots than keys? One feature that has enough of them answers that alone."""
        witness = self._witness()
        if witness is not None and used <= 16 * witness.keys():
            return False
        sharing = self._sharing()
        if sharing:
            self._witness = ref(max(sharing, key=lambda holder: holder.keys()))
        return used > 16 * sum(holder.keys() for holder in sharing)

    def _held(self, asked: Slots) -> Flags:
        """The slots that features hold, and those that one is about to."""
        held = np.zeros(self.used, dtype=np.bool_)
        for holder in self._sharing():
            theirs = holder.held()[: self.used]
            held[: len(theirs)] |= theirs
        held[asked] = True
        return held

    def _compact(self, held: Flags) -> Slots:
        """Give the held slots new numbers; the others are no more."""
        moved = np.where(held, np.cumsum(held) - 1, ABSENT).astype(np.int32)
        names = self.names[: self.used][held]
        self._used[0] = len(names)
        self.names = names
        self._make_table(len(names))
        for holder in self._sharing():
            holder.move(moved, self.room)
        return moved

    def _make_table(self, count: int) -> None:
        """A table with room for so many keys, with those that there are."""
        rows = rows_for(count, _SMALLEST)
        names = np.zeros(room_of(rows), dtype=np.uint64)
        names[: self.used] = self.names[: self.used]
        self.names, self._table = names, np.zeros((rows, TABLE_COLUMNS), dtype=np.int64)
        fill_table(self._table, names, self.used)


def room_by_slot(state: Ints, index: KeyIndex) -> Ints:
    """The same rows, and new ones of zeros where an index has slots for which there is none."""
    if len(state) >= index.used:
        return state
    larger = np.zeros((index.room, state.shape[1]), dtype=np.int64)
    larger[: len(state)] = state
    return larger
