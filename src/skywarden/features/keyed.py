"""Count, sum and first and last times by key over a window: arrays around the kernel, snapshot and digest."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.arrays import plain
from skywarden.features.contract import Answers, Asked, FeatureSpec, Flags
from skywarden.features.index import KeyIndex
from skywarden.features.index_kernel import Ints, Slots
from skywarden.features.keyed_kernel import (
    ADDED,
    BITS,
    COUNT,
    EVICTED,
    FIRST_SEEN,
    KEYS,
    LAST_SEEN,
    META_CELLS,
    MOST,
    NEWEST,
    NUMBER,
    ROOM,
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
        self._shape: Ints = np.array([self._op, self._slices.width_us, self._slices.count, *limits, 0], dtype=np.int64)
        self._columns = 2 if self._op == COUNT else 3
        self._index = index
        self._times = self._op >= FIRST_SEEN
        self._clear()
        index.share(self)

    def _clear(self) -> None:
        self._state: Ints = np.zeros((len(self._index.table), self._columns), dtype=np.int64)
        self._queue = SliceQueue(2 if self._op == SUM else 1, META_CELLS)

    def observe(self, asked: Asked) -> Answers:
        """Add where asked, then read."""
        length = len(asked.keys)
        answers, valid = np.empty(length, dtype=np.int64), np.empty(length, dtype=np.bool_)
        times_us, adds = plain(asked.times_us, np.int64), plain(asked.adds, np.bool_)
        numbers = _NO_NUMBERS if asked.values is None else plain(asked.values, np.int64)
        index, queue, done = self._index, self._queue, 0
        while done < length:
            keys, slots = index.find(asked.keys)
            self._shape[ROOM] = index.room
            done = observe_keyed(
                self._shape,
                index.table,
                index.used,
                slots,
                keys,
                times_us,
                adds,
                numbers,
                self._state,
                queue.rows,
                queue.runs,
                queue.meta,
                done,
                answers,
                valid,
            )
            queue.fit()
            index.tidy()
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
        return self._state.nbytes + self._queue.held_bytes() + self._index.table.nbytes // self._index.sharers

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
        keys = self._index.table[slots]
        by_key = np.lexsort((columns[:, 0], keys))
        digest = hashlib.sha256(self._format.encode())
        digest.update(keys[by_key].tobytes())
        digest.update(columns[by_key].tobytes())
        return digest.digest()

    def _entries(self) -> tuple[Ints, Ints, Ints]:
        """The slot, the slice and what was added of every entry, oldest first."""
        rows, held = self._queue.rows[self._queue.order()], np.flatnonzero(self.held())
        numbers = rows[:, NUMBER] if self._op == SUM else rows[:, SLOT] & MOST
        if not self._times:
            numbers[self._state[held, NEWEST] - self._queue.meta[HEAD]] = self._added(held)[1]
        return rows[:, SLOT] >> BITS, self._queue.slices(), numbers

    def _added(self, slots: Ints) -> tuple[Ints, Ints]:
        """The total of keys, and what of it is in the newest entry; or their first and last times."""
        if self._op == COUNT:
            return self._state[slots, TOTAL] >> BITS, self._state[slots, TOTAL] & MOST
        return self._state[slots, TOTAL], self._state[slots, ADDED]

    def dump(self) -> bytes:
        """The whole state."""
        held, (slots, slices, numbers) = np.flatnonzero(self.held()), self._entries()
        number_of = np.zeros(len(self._state), dtype=np.int32)
        number_of[held] = np.arange(len(held))
        state = _State(
            self.evicted(),
            pack(self._index.table[held]),
            [pack(column) for column in self._added(held)],
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
        self._state[slot_of, NEWEST] = 1 + np.arange(len(slices))
        if self._op == COUNT:
            # A newest entry's number is kept in its key's row.
            numbers[self._state[slots, NEWEST] - 1] = 0
            self._state[slots, TOTAL] = (first << BITS) + second
        else:
            self._state[slots, TOTAL], self._state[slots, ADDED] = first, second
        self._queue.rows[rows, SLOT] = (slot_of.astype(np.int64) << BITS) + (numbers if self._op == COUNT else 0)
        self._queue.meta[[KEYS, EVICTED]] = len(slots), state.evicted
