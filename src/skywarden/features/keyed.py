"""Count, sum and first and last times by key over a window: arrays around the kernel, snapshot and digest."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.contract import Answers, Asked, FeatureSpec, Flags
from skywarden.features.index import KeyIndex
from skywarden.features.index_kernel import Ints, Slots
from skywarden.features.keyed_kernel import (
    ADDED,
    AT,
    COUNT,
    EVICTED,
    FIRST_SEEN,
    HEAD,
    KEYS,
    LAST_SEEN,
    META_CELLS,
    NEWEST,
    NUMBER,
    QUEUE_COLUMNS,
    SLICE,
    SLICE_START,
    SLOT,
    STATE_COLUMNS,
    SUM,
    TAIL,
    TOTAL,
    observe_keyed,
)
from skywarden.features.packed import Packed, Runs, pack, pack_runs, seal, unseal
from skywarden.features.ring import fitted, new_ring, order
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
        self._max_keys, self._max_entries = spec.max_keys, spec.max_keys * ENTRIES_PER_KEY
        self._index = index
        self._times = self._op >= FIRST_SEEN
        self._clear()
        index.share(self)

    def _clear(self) -> None:
        self._state: Ints = np.zeros((len(self._index.table), STATE_COLUMNS), dtype=np.int64)
        self._queue: Ints = new_ring(0, QUEUE_COLUMNS)
        self._meta: Ints = np.zeros(META_CELLS, dtype=np.int64)
        self._meta[[HEAD, TAIL, SLICE_START]] = 1
        self._meta[SLICE] = -1

    def observe(self, asked: Asked) -> Answers:
        """Add where asked, then read."""
        answers, valid = np.empty(len(asked), dtype=np.int64), np.empty(len(asked), dtype=np.bool_)
        times_us, adds = np.require(asked.times_us, np.int64, ["C", "W"]), np.require(asked.adds, np.bool_, ["C", "W"])
        numbers = _NO_NUMBERS if asked.values is None else np.require(asked.values, np.int64, ["C", "W"])
        done = 0
        while done < len(asked):
            keys, slots = self._index.find(asked.keys)
            done = observe_keyed(
                self._op,
                self._index.table,
                self._index.used,
                self._index.room(),
                slots,
                keys,
                times_us,
                adds,
                numbers,
                self._state,
                self._queue,
                self._meta,
                self._slices.width_us,
                self._slices.count,
                self._max_keys,
                self._max_entries,
                done,
                answers,
                valid,
            )
            self._make_room()
        return Answers(answers, valid)

    def _make_room(self) -> None:
        """Grow what is full, shrink what is nearly empty."""
        self._queue = fitted(self._queue, *self._ends())
        self._index.tidy()

    def _ends(self) -> tuple[int, int]:
        """The numbers of the oldest entry and of the next one."""
        return int(self._meta[HEAD]), int(self._meta[TAIL])

    def held(self) -> Flags:
        """The slots of keys that have an entry."""
        held: Flags = self._state[:, NEWEST] >= self._meta[HEAD]
        return held

    def move(self, moved: Slots, slots: int) -> None:
        """Take over new slots."""
        held = np.flatnonzero(self.held())
        state = np.zeros((slots, STATE_COLUMNS), dtype=np.int64)
        state[moved[held]] = self._state[held]
        self._state = state
        entries = order(self._queue, *self._ends())
        self._queue[entries, SLOT] = moved[self._queue[entries, SLOT]]

    def keys(self) -> int:
        """How many keys have an entry."""
        return int(self._meta[KEYS])

    def held_bytes(self) -> int:
        """Memory of the arrays, and the share of the index."""
        return self._state.nbytes + self._queue.nbytes + self._index.table.nbytes // self._index.sharers

    def evicted(self) -> int:
        """How many entries, of a key and a slice, were dropped at a limit."""
        return int(self._meta[EVICTED])

    def digest(self, now_us: int) -> bytes:
        """Name the live entries of every key; of times, those of the keys that have one."""
        entries = self._written()
        entries = entries[entries[:, AT] > self._slices.floor(self._slices.number(now_us))]
        slots, columns = entries[:, SLOT], entries[:, AT:]
        if self._times:
            slots = np.unique(slots)
            columns = self._state[slots, TOTAL:]
        keys = self._index.table[slots]
        by_key = np.lexsort((columns[:, 0], keys))
        digest = hashlib.sha256(self._format.encode())
        digest.update(keys[by_key].tobytes())
        digest.update(columns[by_key].tobytes())
        return digest.digest()

    def _written(self) -> Ints:
        """All entries, oldest first, with what was added in each."""
        entries: Ints = self._queue[order(self._queue, *self._ends())]
        if not self._times:
            held = np.flatnonzero(self.held())
            entries[self._state[held, NEWEST] - self._meta[HEAD], NUMBER] = self._state[held, ADDED]
        return entries

    def dump(self) -> bytes:
        """The whole state."""
        held, entries = np.flatnonzero(self.held()), self._written()
        number_of = np.zeros(len(self._state), dtype=np.int32)
        number_of[held] = np.arange(len(held))
        state = _State(
            self.evicted(),
            pack(self._index.table[held]),
            [pack(self._state[held, column]) for column in range(TOTAL, STATE_COLUMNS)],
            pack(number_of[entries[:, SLOT]]),
            pack_runs(entries[:, AT]),
            pack(entries[:, NUMBER]),
        )
        return seal(self._format, state)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        state = unseal(self._format, data, _State)
        self._clear()
        slots = self._index.insert(state.keys.array())
        slot_of, slices = slots[state.entry_keys.array()], state.slices.array()
        end = 1 + len(slices)
        self._queue = new_ring(end, QUEUE_COLUMNS)
        self._queue[1:end, SLOT], self._queue[1:end, AT] = slot_of, slices
        self._queue[1:end, NUMBER] = state.numbers.array()
        self._meta[[TAIL, KEYS, EVICTED]] = end, len(slots), state.evicted
        if len(slices):
            self._meta[SLICE], self._meta[SLICE_START] = slices[-1], 1 + np.searchsorted(slices, slices[-1])
        self._state[slot_of, NEWEST] = np.arange(1, end)
        for column, values in enumerate(state.columns, TOTAL):
            self._state[slots, column] = values.array()
