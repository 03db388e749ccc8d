"""Count different members by key over a window: arrays around the kernel, snapshot and digest."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.contract import Answers, Asked, FeatureSpec, Flags
from skywarden.features.distinct_kernel import (
    AT,
    EVICTED,
    HEAD,
    KEYS,
    MAX_SKETCHES,
    MEMBERS,
    META_CELLS,
    NEWEST,
    PAIR,
    PAIR_ROOM,
    PREVIOUS,
    QUEUE_COLUMNS,
    ROOM,
    SKETCH,
    SKETCH_SLICE,
    SKETCHES,
    SLICE,
    SLICE_START,
    SLOT,
    STATE_COLUMNS,
    TAIL,
    observe_distinct,
)
from skywarden.features.index import KeyIndex, room_of, slots_for
from skywarden.features.index_kernel import ABSENT, Hashes, Ints, Slots, insert_all, move_held
from skywarden.features.packed import Packed, Runs, pack, pack_runs, seal, unseal
from skywarden.features.ring import SMALLEST, fitted, new_ring, order
from skywarden.features.sketches import Sketches, SketchState
from skywarden.features.slices import Slices

PAIRS_PER_KEY = 2
"""Entries of pairs, on average, that a window has room for: its limit of keys times this."""
KEYS_PER_SKETCH = 10_000
"""A window has as many sketches as its limit of keys divided by this."""


class _State(msgspec.Struct, frozen=True, array_like=True):
    """Keys, pairs, and the queue: of each entry the numbers of its pair and its key (-1: no longer held), its slice."""

    evicted: int
    now: tuple[int, int]
    keys: Packed
    pairs: Packed
    entry_pairs: Packed
    entry_keys: Packed
    slices: Runs
    sketches: list[SketchState]
    sketch_keys: Packed


class DistinctWindow:
    """One window of `distinct`; others on the same keys may share its index.

    Exact up to `DISTINCT_EXACT` members of a key; past that an estimate by HyperLogLog with 4,096 registers, whose
    standard error is 1.6 %. A key is counted exactly again once it was silent for the whole window.
    """

    def __init__(self, spec: FeatureSpec, index: KeyIndex) -> None:
        self._slices = Slices.over(spec.over_us, exact=spec.exact)
        self._format = f"{spec.op}-2 of {self._slices.count} x {self._slices.width_us} us"
        self._sketch_slices = Slices.over(spec.over_us)
        entries, sketches = spec.max_keys * PAIRS_PER_KEY, max(1, spec.max_keys // KEYS_PER_SKETCH)
        widths = self._slices.width_us, self._slices.count, self._sketch_slices.width_us
        self._shape: Ints = np.array([*widths, spec.max_keys, entries, sketches, 0, 0], dtype=np.int64)
        self._index = index
        self._clear()
        index.share(self)

    def _clear(self) -> None:
        self._state: Ints = np.zeros((len(self._index.table), STATE_COLUMNS), dtype=np.int64)
        self._queue: Ints = new_ring(0, QUEUE_COLUMNS)
        self._sketches = Sketches(0)
        self._meta: Ints = np.zeros(META_CELLS, dtype=np.int64)
        self._meta[[HEAD, TAIL, SLICE_START]] = 1
        self._meta[[SLICE, SKETCH_SLICE]] = -1
        self._take_pairs(0)

    def _take_pairs(self, coming: int) -> None:
        """An empty table of pairs with room for some."""
        slots = slots_for(coming, SMALLEST)
        self._pairs: Hashes = np.zeros(slots + 1, dtype=np.uint64)
        self._newest: Ints = np.zeros(slots + 1, dtype=np.int64)
        self._pairs_used: Ints = np.zeros(1, dtype=np.int64)

    def observe(self, asked: Asked) -> Answers:
        """See one member a row where asked, then count."""
        assert asked.values is not None, "distinct counts members"
        answers = np.empty(len(asked), dtype=np.int64)
        times_us, adds = np.require(asked.times_us, np.int64, ["C", "W"]), np.require(asked.adds, np.bool_, ["C", "W"])
        members = np.require(asked.values, np.uint64, ["C", "W"])
        done = 0
        while done < len(asked):
            keys, slots = self._index.find(asked.keys)
            self._shape[ROOM], self._shape[PAIR_ROOM] = self._index.room(), room_of(self._pairs)
            done = observe_distinct(
                self._shape,
                self._index.table,
                self._index.used,
                slots,
                keys,
                times_us,
                adds,
                members,
                self._state,
                self._pairs,
                self._pairs_used,
                self._newest,
                self._queue,
                self._sketches.codes,
                self._sketches.tops,
                self._sketches.counts,
                self._sketches.about,
                self._meta,
                done,
                answers,
            )
            self._make_room(stopped=done < len(asked))
        return Answers(answers, np.ones(len(asked), dtype=np.bool_))

    def _make_room(self, *, stopped: bool) -> None:
        """Grow what is full, shrink what is nearly empty; what stopped for nothing else needs a sketch."""
        if self._index.tidy():
            stopped = False
        queue = fitted(self._queue, *self._ends())
        if queue is not self._queue:
            self._queue, stopped = queue, False
        used, sketches = int(self._pairs_used[0]), len(self._sketches.about)
        if used >= room_of(self._pairs) or (used > 8 * SMALLEST and used > 16 * (self._meta[TAIL] - self._meta[HEAD])):
            self._rebuild_pairs()
            stopped = False
        if stopped:
            self._sketches.grow(min(max(1, 2 * sketches), int(self._shape[MAX_SKETCHES])))

    def _ends(self) -> tuple[int, int]:
        """The numbers of the oldest entry and of the next one."""
        return int(self._meta[HEAD]), int(self._meta[TAIL])

    def _rebuild_pairs(self) -> None:
        """Leave out the pairs that are not held."""
        pairs, newest = self._pairs, self._newest
        held = newest >= self._meta[HEAD]
        self._take_pairs(int(np.count_nonzero(held)))
        moved = np.empty(len(pairs), dtype=np.int32)
        move_held(pairs, held, self._pairs, self._pairs_used, moved)
        self._newest[moved[held]] = newest[held]
        entries = order(self._queue, *self._ends())
        self._queue[entries, PAIR] = _only(held, moved)[self._queue[entries, PAIR]]

    def held(self) -> Flags:
        """The slots of keys that have pairs or a sketch."""
        held: Flags = (self._state[:, MEMBERS] > 0) | (self._state[:, SKETCH] > 0)
        return held

    def move(self, moved: Slots, slots: int) -> None:
        """Take over new slots."""
        held = self.held()
        state = np.zeros((slots, STATE_COLUMNS), dtype=np.int64)
        state[moved[held]] = self._state[held]
        self._state = state
        entries = order(self._queue, *self._ends())
        self._queue[entries, SLOT] = _only(held, moved)[self._queue[entries, SLOT]]
        self._sketches.move(moved)

    def keys(self) -> int:
        """How many keys have pairs or a sketch."""
        return int(self._meta[KEYS])

    def held_bytes(self) -> int:
        """Memory of the arrays, and the share of the index."""
        own = self._state.nbytes + self._queue.nbytes + self._pairs.nbytes + self._newest.nbytes
        return own + self._sketches.held_bytes() + self._index.table.nbytes // self._index.sharers

    def evicted(self) -> int:
        """How many entries, of a pair and a slice, and sketches were dropped at a limit."""
        return int(self._meta[EVICTED])

    def _entries(self) -> tuple[Ints, Flags]:
        """All entries, oldest first, and whether each is its pair's newest."""
        numbers = np.arange(*self._ends())
        entries = self._queue[order(self._queue, *self._ends())]
        return entries, (entries[:, PAIR] != ABSENT) & (self._newest[entries[:, PAIR]] == numbers)

    def digest(self, now_us: int) -> bytes:
        """Name the live pairs with the slice of each, and what is live in sketches."""
        entries, newest = self._entries()
        live = entries[newest & (entries[:, AT] > self._slices.floor(self._slices.number(now_us)))]
        keys, pairs = self._index.table[live[:, SLOT]], self._pairs[live[:, PAIR]]
        by_key = np.lexsort((pairs, keys))
        digest = hashlib.sha256(self._format.encode())
        for column in (keys, pairs, live[:, AT]):
            digest.update(np.ascontiguousarray(column[by_key]).tobytes())
        digest.update(self._sketches.named(self._index.table, self._sketch_slices.number(now_us)))
        return digest.digest()

    def dump(self) -> bytes:
        """The whole state."""
        held, pairs = np.flatnonzero(self.held()), np.flatnonzero(self._newest >= self._meta[HEAD])
        key_number, pair_number = np.full(len(self._state), ABSENT), np.full(len(self._pairs), ABSENT)
        key_number[held], pair_number[pairs] = np.arange(len(held)), np.arange(len(pairs))
        entries, _ = self._entries()
        owners = self._sketches.owners()
        state = _State(
            self.evicted(),
            (int(self._meta[SLICE]), int(self._meta[SKETCH_SLICE])),
            pack(self._index.table[held]),
            pack(self._pairs[pairs]),
            pack(np.append(pair_number, ABSENT)[entries[:, PAIR]]),
            pack(np.append(key_number, ABSENT)[entries[:, SLOT]]),
            pack_runs(entries[:, AT]),
            self._sketches.dump(),
            pack(key_number[owners]),
        )
        return seal(self._format, state)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        state = unseal(self._format, data, _State)
        self._clear()
        slots, pairs = self._index.insert(state.keys.array()), state.pairs.array()
        self._take_pairs(len(pairs))
        pair_slots = np.empty(len(pairs), dtype=np.int32)
        insert_all(self._pairs, self._pairs_used, pairs, pair_slots)
        of_pair, of_key, slices = state.entry_pairs.array(), state.entry_keys.array(), state.slices.array()
        numbers = np.arange(1, 1 + len(slices))
        paired, keyed = of_pair != ABSENT, of_key != ABSENT
        newest_of = np.zeros(len(pairs), dtype=np.int64)
        newest_of[of_pair[paired]] = numbers[paired]
        self._newest[pair_slots] = newest_of
        members = np.bincount(of_key[newest_of - 1], minlength=len(slots)) if len(pairs) else 0
        self._state[slots, MEMBERS] = members
        self._state[slots[of_key[keyed]], NEWEST] = numbers[keyed]
        end = 1 + len(slices)
        self._queue = new_ring(end, QUEUE_COLUMNS)
        self._queue[1:end, PAIR] = np.append(pair_slots, ABSENT)[of_pair]
        self._queue[1:end, SLOT] = np.append(slots, ABSENT)[of_key]
        self._queue[1:end, AT], self._queue[1:end, PREVIOUS] = slices, _previous(of_key)
        owners = slots[state.sketch_keys.array()]
        self._sketches.load(owners, state.sketches)
        self._state[owners, SKETCH] = np.arange(1, 1 + len(owners))
        self._meta[[TAIL, KEYS, EVICTED, SKETCHES]] = end, len(slots), state.evicted, len(owners)
        self._meta[[SLICE, SKETCH_SLICE]] = state.now
        self._meta[SLICE_START] = 1 + np.searchsorted(slices, state.now[0])


def _only(held: Flags, moved: Slots) -> Slots:
    """Where each slot went, ABSENT if it is not held; also at ABSENT itself, which is the last."""
    return np.append(np.where(held, moved, np.int32(ABSENT)), np.int32(ABSENT))


def _previous(of_key: Ints) -> Ints:
    """The number of the entry before of the same key, for each entry; 0 where there is none."""
    order = np.argsort(of_key, kind="stable")
    same = of_key[order][1:] == of_key[order][:-1]
    previous = np.zeros(len(of_key), dtype=np.int64)
    previous[order[1:][same]] = order[:-1][same] + 1
    return previous
