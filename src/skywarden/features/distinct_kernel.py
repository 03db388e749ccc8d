"""Count different members by key over a sliding window, in compiled code: exactly while they are few, then by a sketch.

Each pair of a key and a member has one row in a table of pairs. When a pair is seen, first or in a new slice, an entry
joins a queue by slices; a pair is forgotten when its newest entry leaves the window. Entries of one key are chained, so
that a key with too many members hands them to its sketch.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Flags, Hashes, Ints, Slots, find, insert
from skywarden.features.sketch_kernel import (
    ADDED_AT,
    ESTIMATE,
    OWNER,
    Codes,
    add_older,
    add_to_sketch,
    clear_sketch,
    count_ranks,
    estimate,
    slide_sketch,
)
from skywarden.features.slices import SLICES
from skywarden.kernel.compiled import entry, kernel

DISTINCT_EXACT = 4096
"""Members of one key that are counted exactly: their rows take about as much memory as a sketch."""
# Cells of `meta`. Entries of the queue are numbered from 1; entry n is in row n & (rows - 1) of the ring.
HEAD, TAIL, KEYS, EVICTED, SLICE, SLICE_START, SKETCHES, SKETCH_SLICE, META_CELLS = 0, 1, 2, 3, 4, 5, 6, 7, 8
# Columns of `state`, by slot: the key's newest entry, how many of its pairs are held, its sketch and one (0: none).
NEWEST, MEMBERS, SKETCH, STATE_COLUMNS = 0, 1, 2, 3
# Columns of `queue`. PREVIOUS is the key's entry before.
PAIR, SLOT, AT, PREVIOUS, QUEUE_COLUMNS = 0, 1, 2, 3, 4
# Cells of `shape`.
WIDTH_US, SPAN, SKETCH_WIDTH_US, MAX_KEYS, MAX_ENTRIES, MAX_SKETCHES, ROOM, PAIR_ROOM, SHAPE_CELLS = range(9)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@entry
def observe_distinct(
    shape: Ints,
    table: Hashes,
    used: Ints,
    slots: Slots,
    keys: Hashes,
    times_us: Ints,
    adds: Flags,
    members: Hashes,
    state: Ints,
    pairs: Hashes,
    pairs_used: Ints,
    newest: Ints,
    queue: Ints,
    codes: Codes,
    tops: Codes,
    counts: Ints,
    about: Ints,
    meta: Ints,
    start: int,
    answers: Ints,
) -> int:
    """Do operations from `start` on; return the first that there is no room for, or their number."""
    edge_us = -1
    for row in range(start, len(keys)):
        time_us = int(times_us[row])
        if time_us >= edge_us:
            edge_us = (time_us // shape[WIDTH_US] + 1) * shape[WIDTH_US]
            _slide(shape, table, state, newest, queue, about, meta, time_us)
        if meta[TAIL] - meta[HEAD] >= len(queue) or used[0] >= shape[ROOM] or pairs_used[0] >= shape[PAIR_ROOM]:
            return row
        slot = int(slots[row])
        if slot == ABSENT:
            slot = int(find(table, keys[row]))
        if adds[row]:
            if slot != ABSENT and state[slot, MEMBERS] == DISTINCT_EXACT and not _sketch_left(shape, about, meta):
                return row
            if slot == ABSENT:
                slot = int(insert(table, used, keys[row]))
            slots[row] = slot
            value = _pair(keys[row], members[row])
            if state[slot, SKETCH] == 0:
                _see(shape, table, state, pairs, pairs_used, newest, queue, about, meta, slot, value)
                if state[slot, MEMBERS] > DISTINCT_EXACT:
                    _turn(shape, table, state, pairs, newest, queue, codes, tops, counts, about, meta, slot)
            else:
                sketch = state[slot, SKETCH] - 1
                slide_sketch(codes, tops, counts, about, sketch, meta[SKETCH_SLICE])
                about[sketch, ADDED_AT] = meta[SKETCH_SLICE]
                if add_to_sketch(codes, tops, counts, sketch, value, meta[SKETCH_SLICE]):
                    about[sketch, ESTIMATE] = estimate(counts, sketch)
        answers[row] = 0
        if slot != ABSENT:
            answers[row] = state[slot, MEMBERS]
            if state[slot, SKETCH] != 0:
                slide_sketch(codes, tops, counts, about, state[slot, SKETCH] - 1, meta[SKETCH_SLICE])
                answers[row] = about[state[slot, SKETCH] - 1, ESTIMATE]
    return len(keys)


@kernel
def _sketch_left(shape: Ints, about: Ints, meta: Ints) -> bool:
    """Is there a sketch to take, or to be taken from another key?"""
    return bool(meta[SKETCHES] < len(about) or len(about) >= shape[MAX_SKETCHES])


@kernel
def _pair(key: np.uint64, member: np.uint64) -> np.uint64:
    """One hash of a key and a member; what two pairs have by chance in common is as rare as for keys."""
    return _mix(_mix(member + _GOLDEN) + key * _GOLDEN)


@kernel
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


@kernel
def _slide(
    shape: Ints, table: Hashes, state: Ints, newest: Ints, queue: Ints, about: Ints, meta: Ints, time_us: int
) -> None:
    """Enter the slice of a time, if it is not that of now: forget pairs and sketches that are out of the window."""
    slice_ = time_us // shape[WIDTH_US]
    if slice_ == meta[SLICE]:
        return
    meta[SLICE] = slice_
    meta[SLICE_START] = meta[TAIL]
    while meta[HEAD] < meta[TAIL] and queue[meta[HEAD] & (len(queue) - 1), AT] <= slice_ - shape[SPAN]:
        _drop_oldest(state, newest, queue, meta)
    sketch_slice = time_us // shape[SKETCH_WIDTH_US]
    if sketch_slice != meta[SKETCH_SLICE]:
        meta[SKETCH_SLICE] = sketch_slice
        for sketch in range(len(about)):
            if about[sketch, OWNER] != 0 and about[sketch, ADDED_AT] <= sketch_slice - SLICES:
                _forget_sketch(state, about, meta, sketch)


@kernel
def _see(
    shape: Ints,
    table: Hashes,
    state: Ints,
    pairs: Hashes,
    pairs_used: Ints,
    newest: Ints,
    queue: Ints,
    about: Ints,
    meta: Ints,
    slot: int,
    value: np.uint64,
) -> None:
    """Hold a pair from this slice on; at a limit the oldest entries go first, then the most silent sketch."""
    pair = insert(pairs, pairs_used, value)
    if newest[pair] >= meta[SLICE_START]:
        return
    while meta[TAIL] - meta[HEAD] >= shape[MAX_ENTRIES]:
        _drop_oldest(state, newest, queue, meta)
        meta[EVICTED] += 1
    if newest[pair] < meta[HEAD]:
        if state[slot, MEMBERS] == 0:
            while meta[KEYS] >= shape[MAX_KEYS]:
                if meta[HEAD] < meta[TAIL]:
                    _drop_oldest(state, newest, queue, meta)
                else:
                    _forget_sketch(state, about, meta, _most_silent(table, about))
                meta[EVICTED] += 1
            meta[KEYS] += 1
            state[slot, NEWEST] = 0
        state[slot, MEMBERS] += 1
    row = meta[TAIL] & (len(queue) - 1)
    queue[row, PAIR] = pair
    queue[row, SLOT] = slot
    queue[row, AT] = meta[SLICE]
    queue[row, PREVIOUS] = state[slot, NEWEST]
    newest[pair] = state[slot, NEWEST] = meta[TAIL]
    meta[TAIL] += 1


@kernel
def _drop_oldest(state: Ints, newest: Ints, queue: Ints, meta: Ints) -> None:
    """Forget the oldest entry; its pair too, unless it was seen again since."""
    row = meta[HEAD] & (len(queue) - 1)
    pair, slot = queue[row, PAIR], queue[row, SLOT]
    if pair != ABSENT and newest[pair] == meta[HEAD]:
        newest[pair] = 0
        state[slot, MEMBERS] -= 1
        if state[slot, MEMBERS] == 0:
            meta[KEYS] -= 1
    meta[HEAD] += 1


@kernel
def _turn(
    shape: Ints,
    table: Hashes,
    state: Ints,
    pairs: Hashes,
    newest: Ints,
    queue: Ints,
    codes: Codes,
    tops: Codes,
    counts: Ints,
    about: Ints,
    meta: Ints,
    slot: int,
) -> None:
    """Hand a key's pairs to a sketch, newest first."""
    if meta[SKETCHES] >= len(about):
        _forget_sketch(state, about, meta, _most_silent(table, about))
        meta[EVICTED] += 1
    sketch = 0
    while about[sketch, OWNER] != 0:
        sketch += 1
    meta[SKETCHES] += 1
    clear_sketch(codes, about, sketch, slot, meta[SKETCH_SLICE])
    state[slot, SKETCH] = sketch + 1
    state[slot, MEMBERS] = 0
    number = state[slot, NEWEST]
    while number >= meta[HEAD]:
        row = number & (len(queue) - 1)
        pair = queue[row, PAIR]
        if pair != ABSENT and newest[pair] == number:
            newest[pair] = 0
            slice_ = queue[row, AT] * shape[WIDTH_US] // shape[SKETCH_WIDTH_US]
            if slice_ > meta[SKETCH_SLICE] - SLICES:
                add_older(codes, sketch, pairs[pair], slice_)
        number = queue[row, PREVIOUS]
    count_ranks(codes, tops, counts, about, sketch)


@kernel
def _forget_sketch(state: Ints, about: Ints, meta: Ints, sketch: int) -> None:
    """Forget a key that has a sketch: from then on its members are counted exactly again."""
    state[about[sketch, OWNER] - 1, SKETCH] = 0
    about[sketch, OWNER] = 0
    meta[SKETCHES] -= 1
    meta[KEYS] -= 1


@kernel
def _most_silent(table: Hashes, about: Ints) -> int:
    """The sketch that nothing was added to for longest; of several, that of the smallest key."""
    found = -1
    for sketch in range(len(about)):
        if about[sketch, OWNER] != 0:
            silent = found == -1 or about[sketch, ADDED_AT] < about[found, ADDED_AT]
            same = not silent and about[sketch, ADDED_AT] == about[found, ADDED_AT]
            if silent or (same and table[about[sketch, OWNER] - 1] < table[about[found, OWNER] - 1]):
                found = sketch
    return found
