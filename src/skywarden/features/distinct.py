"""Count different members by key over a window: arrays around the kernel, snapshot and digest."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.arrays import all_true, plain
from skywarden.features.contract import Answers, Asked, FeatureSpec, Flags
from skywarden.features.distinct_kernel import (
    EVICTED,
    HALF,
    KEYS,
    LINK,
    LOWER,
    MAX_SKETCHES,
    MEMBERS,
    META_CELLS,
    NEWEST,
    OF_PAIR,
    PAIR_ROOM,
    QUEUE_COLUMNS,
    SKETCH_BITS,
    SKETCH_SLICE,
    SKETCHES,
    STATE_COLUMNS,
    move_counted,
    observe_distinct,
)
from skywarden.features.index import KeyIndex, room_by_slot, room_of, rows_for
from skywarden.features.index_kernel import ABSENT, Ints, Slots
from skywarden.features.packed import Packed, Runs, pack, pack_runs, seal, unseal
from skywarden.features.pair_kernel import PAIR, PAIR_COLUMNS, SEEN, find_pairs, hash_pairs_of, move_pairs
from skywarden.features.queue_kernel import HEAD, SLICE
from skywarden.features.ring import SMALLEST, SliceQueue
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
        self._shape: Ints = np.array([*widths, spec.max_keys, entries, sketches, 0], dtype=np.int64)
        self._index = index
        self._clear()
        index.share(self)

    def _clear(self) -> None:
        self._state: Ints = np.zeros((self._index.room, STATE_COLUMNS), dtype=np.int64)
        self._queue = SliceQueue(QUEUE_COLUMNS, META_CELLS)
        self._sketches = Sketches(0)
        self._queue.meta[SKETCH_SLICE] = -1
        self._take_pairs(0)

    def _take_pairs(self, coming: int) -> None:
        """An empty table of pairs with room for some, and for a third more."""
        rows = rows_for(coming + coming // 3 + 1, SMALLEST)
        self._pairs: Ints = np.zeros((rows + 1, PAIR_COLUMNS), dtype=np.int64)
        self._pairs_used: Ints = np.zeros(1, dtype=np.int64)

    def observe(self, asked: Asked) -> Answers:
        """See one member a row where asked, then count."""
        assert asked.values is not None, "distinct counts members"
        length = len(asked.keys)
        answers = np.empty(length, dtype=np.int64)
        times_us, adds = plain(asked.times_us, np.int64), plain(asked.adds, np.bool_)
        keys, slots = self._index.slots_of(asked.keys, adds)
        self._state = room_by_slot(self._state, self._index)
        values = np.empty(length, dtype=np.uint64)
        hash_pairs_of(keys, plain(asked.values, np.uint64), values)
        queue, done = self._queue, 0
        head = queue.meta[HEAD]
        while done < length:
            self._shape[PAIR_ROOM] = room_of(len(self._pairs))
            done = observe_distinct(
                self._shape,
                self._index.names,
                slots,
                times_us,
                adds,
                values,
                self._state,
                self._pairs,
                self._pairs_used,
                queue.rows,
                queue.runs,
                self._sketches.codes,
                self._sketches.tops,
                self._sketches.counts,
                self._sketches.about,
                queue.meta,
                done,
                answers,
            )
            if done < length or queue.meta[HEAD] != head:  # else nothing is full, and nothing has left
                self._make_room(stopped=done < length)
        self._index.tidy()
        return Answers(answers, all_true(length))

    def _make_room(self, *, stopped: bool) -> None:
        """Grow what is full, shrink what is nearly empty; what stopped for nothing else needs a sketch."""
        made = (self._queue.fit(), self._fit_pairs())
        if stopped and not any(made):
            sketches = len(self._sketches.about)
            self._sketches.grow(min(max(1, 2 * sketches), int(self._shape[MAX_SKETCHES])))

    def _fit_pairs(self) -> bool:
        """Leave out the pairs that are not held, where the table is full or much too large. Was it?"""
        used, (head, tail) = int(self._pairs_used[0]), self._queue.ends()
        if used < room_of(len(self._pairs)) and (used <= 8 * SMALLEST or used <= 16 * (tail - head)):
            return False
        self._move_pairs(self._pairs)
        return True

    def _move_pairs(self, pairs: Ints) -> None:
        """Take the pairs that are held to a new table."""
        head, _ = self._queue.ends()
        self._take_pairs(int(np.count_nonzero(pairs[:, SEEN] >= head)))
        move_pairs(pairs, self._pairs, self._pairs_used, head)

    def held(self) -> Flags:
        """The slots of keys that have pairs or a sketch."""
        held: Flags = self._state[:, MEMBERS] > 0
        return held

    def move(self, moved: Slots, slots: int) -> None:
        """Take over new slots."""
        state = np.zeros((slots, STATE_COLUMNS), dtype=np.int64)
        move_counted(moved, self._state, state, self._queue.rows, *self._queue.ends())
        self._state = state
        self._sketches.move(moved)

    def keys(self) -> int:
        """How many keys have pairs or a sketch."""
        return int(self._queue.meta[KEYS])

    def held_bytes(self) -> int:
        """Memory of the arrays, and the share of the index."""
        own = self._state.nbytes + self._queue.held_bytes() + self._pairs.nbytes
        return own + self._sketches.held_bytes() + self._index.held_bytes()

    def evicted(self) -> int:
        """How many entries, of a pair and a slice, and sketches were dropped at a limit."""
        return int(self._queue.meta[EVICTED])

    def _entries(self) -> tuple[Ints, Ints, Ints]:
        """The row of the pair and the slot of every entry, oldest first, -1 where it is not held; and its slice."""
        entries = self._queue.rows[self._queue.order()]
        rows, slots = np.empty(len(entries), dtype=np.int32), (entries[:, LINK] & LOWER) - 1
        find_pairs(self._pairs, np.ascontiguousarray(entries[:, OF_PAIR]).view(np.uint64), rows)
        return np.where(slots == ABSENT, ABSENT, rows), slots, self._queue.slices()

    def digest(self, now_us: int) -> bytes:
        """Name the live pairs with the slice of each, and what is live in sketches."""
        rows, slots, slices = self._entries()
        newest = (rows != ABSENT) & (self._pairs[rows, SEEN] == np.arange(*self._queue.ends()))
        live = newest & (slices > self._slices.floor(self._slices.number(now_us)))
        keys, pairs = self._index.names[slots[live]], self._pairs[rows[live], PAIR].view(np.uint64)
        by_key = np.lexsort((pairs, keys))
        digest = hashlib.sha256(self._format.encode())
        for column in (keys, pairs, slices[live]):
            digest.update(np.ascontiguousarray(column[by_key]).tobytes())
        digest.update(self._sketches.named(self._index.names, self._sketch_slices.number(now_us)))
        return digest.digest()

    def dump(self) -> bytes:
        """The whole state."""
        held, pairs = np.flatnonzero(self.held()), np.flatnonzero(self._pairs[:, SEEN] >= self._queue.meta[HEAD])
        key_number, pair_number = np.full(len(self._state), ABSENT), np.full(len(self._pairs), ABSENT)
        key_number[held], pair_number[pairs] = np.arange(len(held)), np.arange(len(pairs))
        rows, slots, slices = self._entries()
        owners = self._sketches.owners()
        state = _State(
            self.evicted(),
            (int(self._queue.meta[SLICE]), int(self._queue.meta[SKETCH_SLICE])),
            pack(self._index.names[held]),
            pack(self._pairs[pairs, PAIR].view(np.uint64)),
            pack(np.append(pair_number, ABSENT)[rows]),
            pack(np.append(key_number, ABSENT)[slots]),
            pack_runs(slices),
            self._sketches.dump(),
            pack(key_number[owners]),
        )
        return seal(self._format, state)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        state = unseal(self._format, data, _State)
        self._clear()
        slots, pairs = self._index.insert(state.keys.array()), state.pairs.array()
        of_pair, of_key, slices = state.entry_pairs.array(), state.entry_keys.array(), state.slices.array()
        numbers = np.arange(1, 1 + len(slices))
        paired, keyed = of_pair != ABSENT, of_key != ABSENT
        newest_of = np.zeros(len(pairs), dtype=np.int64)
        newest_of[of_pair[paired]] = numbers[paired]
        members = np.bincount(of_key[newest_of - 1], minlength=len(slots)) if len(pairs) else 0
        self._state = room_by_slot(self._state, self._index)
        self._state[slots, MEMBERS] = members
        self._state[slots[of_key[keyed]], NEWEST] = numbers[keyed]
        rows = self._queue.load(slices, state.now[0])
        self._queue.rows[rows, OF_PAIR] = np.append(pairs, np.uint64(0)).view(np.int64)[of_pair]
        held = np.where(paired, np.append(slots + 1, 0)[of_key], 0)
        self._queue.rows[rows, LINK] = (_steps_back(of_key) << HALF) + held
        self._move_pairs(np.column_stack((pairs.view(np.int64), newest_of)))
        owners = slots[state.sketch_keys.array()]
        self._sketches.load(owners, state.sketches)
        self._state[owners, MEMBERS] = np.arange(1, 1 + len(owners)) << SKETCH_BITS
        self._queue.meta[[KEYS, EVICTED, SKETCHES]] = len(slots), state.evicted, len(owners)
        self._queue.meta[SKETCH_SLICE] = state.now[1]


def _steps_back(of_key: Ints) -> Ints:
    """How many entries before each is that of the same key before it; 0 where there is none."""
    order = np.argsort(of_key, kind="stable")
    same = of_key[order][1:] == of_key[order][:-1]
    steps = np.zeros(len(of_key), dtype=np.int64)
    steps[order[1:][same]] = np.diff(order)[same]
    return steps
