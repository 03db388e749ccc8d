"""Count, sum and first and last times by key over a window: arrays around the kernel, snapshot and digest."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.arrays import all_true, plain
from skywarden.features.contract import Answers, Asked, FeatureSpec, Flags
from skywarden.features.count_kernel import observe_counts
from skywarden.features.index import KeyIndex, room_by_slot
from skywarden.features.index_kernel import Ints, Slots
from skywarden.features.keyed_kernel import (
    BITS,
    COUNT,
    EVICTED,
    FIRST,
    FIRST_SEEN,
    KEYS,
    LAST,
    LAST_SEEN,
    META_CELLS,
    MOST,
    NEWEST,
    NUMBER,
    SLOT,
    SUM,
    TOTAL,
    move_keyed,
    observe_keyed,
)
from skywarden.features.packed import Packed, Runs, pack, pack_runs, seal, unseal
from skywarden.features.queue_kernel import HEAD
from skywarden.features.ring import SliceQueue
from skywarden.features.slices import Slices

OPS = {"count": COUNT, "sum": SUM, "first_seen": FIRST_SEEN, "last_seen": LAST_SEEN}
ENTRIES_PER_KEY = 4
"""Slices in which a key was active, on average, that a window has room for: its limit of keys times this."""
_NO_NUMBERS = np.zeros(0, dtype=np.int64)


class _State(msgspec.Struct, frozen=True, array_like=True):
    """The keys that are held, with the columns of their rows, and the queue: of each entry its key's number, its slice,
    and what was added.
    """

    evicted: int
    keys: Packed
    columns: list[Packed]
    entry_keys: Packed
    slices: Runs
    numbers: Packed


class KeyedWindow:
    """One window of `count`, `sum`, `first_seen` or `last_seen`; others on the same keys may share its index."""

    def __init__(self, spec: FeatureSpec, index: KeyIndex) -> None:
        self._op = OPS[spec.op]
        self._slices = Slices.over(spec.over_us, exact=spec.exact)
        self._format = f"{spec.op}-2 of {self._slices.count} x {self._slices.width_us} us"
        limits = spec.max_keys, spec.max_keys * ENTRIES_PER_KEY
        self._shape: Ints = np.array([self._op, self._slices.width_us, self._slices.count, *limits], dtype=np.int64)
        self._times = self._op >= FIRST_SEEN
        self._columns = 3 if self._times else 2
        self._index = index
        self._clear()
        index.share(self)

    def _clear(self) -> None:
        self._state: Ints = np.zeros((self._index.room, self._columns), dtype=np.int64)
        self._queue = SliceQueue(2 if self._op == SUM else 1, META_CELLS)

    def observe(self, asked: Asked) -> Answers:
        """Add where asked, then read."""
        length = len(asked.keys)
        answers = np.empty(length, dtype=np.int64)
        valid = np.empty(length, dtype=np.bool_) if self._times else all_true(length)
        times_us, adds = plain(asked.times_us, np.int64), plain(asked.adds, np.bool_)
        numbers = _NO_NUMBERS if asked.values is None else plain(asked.values, np.int64)
        _, slots = self._index.slots_of(asked.keys, adds)
        self._state = room_by_slot(self._state, self._index)
        queue, done = self._queue, 0
        head = queue.meta[HEAD]
        while done < length:
            arrays = self._state, queue.rows, queue.runs, queue.meta, done, answers
            if self._op == COUNT:
                done = observe_counts(self._shape, slots, times_us, adds, *arrays)
            else:
                done = observe_keyed(self._shape, slots, times_us, adds, numbers, *arrays, valid)
            if done < length or queue.meta[HEAD] != head:  # else nothing is full, and nothing has left
                queue.fit()
        self._index.tidy()
        return Answers(answers, valid)

    def held(self) -> Flags:
        """The slots of keys that have an entry."""
        held: Flags = self._state[:, NEWEST] >= self._queue.meta[HEAD]
        return held

    def move(self, moved: Slots, slots: int) -> None:
        """Take over new slots."""
        state = np.zeros((slots, self._columns), dtype=np.int64)
        move_keyed(moved, self._state, state, self._queue.rows, *self._queue.ends())
        self._state = state

    def keys(self) -> int:
        """How many keys have an entry."""
        return int(self._queue.meta[KEYS])

    def held_bytes(self) -> int:
        """Memory of the arrays, and the share of the index."""
        return self._state.nbytes + self._queue.held_bytes() + self._index.held_bytes()

    def evicted(self) -> int:
        """How many entries, of a key and a slice, were dropped at a limit."""
        return int(self._queue.meta[EVICTED])

    def digest(self, now_us: int) -> bytes:
        """Name the live entries of every key; of times, those of the keys that have one."""
        slots, slices, numbers = self._entries()
        live = slices > self._slices.floor(self._slices.number(now_us))
        columns = np.column_stack((slices, numbers))[live]
        slots = slots[live]
        if self._times:
            slots = np.unique(slots)
            columns = self._state[slots, TOTAL:]
        keys = self._index.names[slots]
        by_key = np.lexsort((columns[:, 0], keys))
        digest = hashlib.sha256(self._format.encode())
        digest.update(keys[by_key].tobytes())
        digest.update(columns[by_key].tobytes())
        return digest.digest()

    def _entries(self) -> tuple[Ints, Ints, Ints]:
        """The slot, the slice and what was added of every entry, oldest first."""
        rows = self._queue.rows[self._queue.order()]
        numbers = rows[:, NUMBER] if self._op == SUM else rows[:, SLOT] & MOST
        return rows[:, SLOT] >> BITS, self._queue.slices(), numbers

    def _columns_of(self, held: Ints, numbers: Ints) -> tuple[Ints, Ints]:
        """The total of keys, and what of it is in the newest entry; or their first and last times."""
        if self._times:
            return self._state[held, FIRST], self._state[held, LAST]
        return self._state[held, TOTAL], numbers[self._state[held, NEWEST] - self._queue.meta[HEAD]]

    def dump(self) -> bytes:
        """The whole state."""
        held, (slots, slices, numbers) = np.flatnonzero(self.held()), self._entries()
        number_of = np.zeros(len(self._state), dtype=np.int32)
        number_of[held] = np.arange(len(held))
        state = _State(
            self.evicted(),
            pack(self._index.names[held]),
            [pack(column) for column in self._columns_of(held, numbers)],
            pack(number_of[slots]),
            pack_runs(slices),
            pack(numbers),
        )
        return seal(self._format, state)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        state = unseal(self._format, data, _State)
        self._clear()
        slots = self._index.insert(state.keys.array())
        slot_of, slices = slots[state.entry_keys.array()], state.slices.array()
        rows = self._queue.load(slices, slices[-1] if len(slices) else -1)
        numbers = state.numbers.array()
        if self._op == SUM:
            self._queue.rows[rows, NUMBER] = numbers
        first, second = (column.array() for column in state.columns)
        self._state = room_by_slot(self._state, self._index)
        self._state[slot_of, NEWEST] = 1 + np.arange(len(slices))
        if self._times:
            self._state[slots, FIRST], self._state[slots, LAST] = first, second
        else:
            self._state[slots, TOTAL] = first
        self._queue.rows[rows, SLOT] = (slot_of.astype(np.int64) << BITS) + (numbers if self._op == COUNT else 0)
        self._queue.meta[[KEYS, EVICTED]] = len(slots), state.evicted
