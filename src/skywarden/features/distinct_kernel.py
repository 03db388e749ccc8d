"""Count different members by key over a sliding window, in compiled code: exactly while they are few, then by a sketch.

Each pair of a key and a member has one row in a table of pairs. When a pair is seen, first or in a new slice, an entry
joins a queue by slices; a pair is forgotten when its newest entry leaves the window. Entries of one key are chained, so
that a key with too many members hands them to its sketch.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Flags, Hashes, Ints, Slots, find, insert
from skywarden.features.pair_kernel import HALF, LOWER, OF, PAIR, SEEN, insert_pair, pair_hash
from skywarden.features.queue_kernel import (
    FIRST_ENTRY,
    HEAD,
    OF_SLICE,
    QUEUE_CELLS,
    RUN_TAIL,
    SLICE,
    SLICE_START,
    TAIL,
    is_full,
    is_out,
    join,
    leave,
)
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
# Cells of `meta` after those of the queue.
KEYS, EVICTED, SKETCHES, SKETCH_SLICE, TOUCHED, META_CELLS = range(QUEUE_CELLS, QUEUE_CELLS + 6)
# Columns of `state`, by slot: the key's newest entry, and how many of its pairs are held beside its sketch and one (0:
# none), which stands above the lowest bits.
NEWEST, MEMBERS, STATE_COLUMNS = 0, 1, 2
SKETCH_BITS = 16
MOST_MEMBERS = (1 << SKETCH_BITS) - 1
# Columns of `queue`: the pair and the slot (see pair_kernel.py), and the key's entry before.
PREVIOUS, QUEUE_COLUMNS = 1, 2
# Cells of `shape`.
WIDTH_US, SPAN, SKETCH_WIDTH_US, MAX_KEYS, MAX_ENTRIES, MAX_SKETCHES, ROOM, PAIR_ROOM, SHAPE_CELLS = range(9)

_AHEAD = 32
"""Rows whose memory is read at once."""


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
    pairs: Ints,
    pairs_used: Ints,
    queue: Ints,
    runs: Ints,
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
        if (row - start) % _AHEAD == 0:
            _touch(state, pairs, slots, keys, members, adds, meta, row)
        time_us = int(times_us[row])
        if time_us >= edge_us:
            edge_us = (time_us // shape[WIDTH_US] + 1) * shape[WIDTH_US]
            _slide(shape, table, state, pairs, queue, runs, about, meta, time_us)
        slot = int(slots[row])
        if slot == ABSENT:
            slot = int(find(table, keys[row]))
        if adds[row]:
            if used[0] >= shape[ROOM] or pairs_used[0] >= shape[PAIR_ROOM] or is_full(queue, runs, meta):
                return row
            if slot != ABSENT and state[slot, MEMBERS] == DISTINCT_EXACT and not _sketch_left(shape, about, meta):
                return row
            if slot == ABSENT:
                slot = int(insert(table, used, keys[row]))
            slots[row] = slot
            value = pair_hash(keys[row], members[row])
            if state[slot, MEMBERS] <= MOST_MEMBERS:
                _see(shape, table, state, pairs, pairs_used, queue, runs, about, meta, slot, value)
                if state[slot, MEMBERS] & MOST_MEMBERS > DISTINCT_EXACT:
                    _turn(shape, table, state, pairs, queue, runs, codes, tops, counts, about, meta, slot)
            else:
                sketch = (state[slot, MEMBERS] >> SKETCH_BITS) - 1
                slide_sketch(codes, tops, counts, about, sketch, meta[SKETCH_SLICE])
                about[sketch, ADDED_AT] = meta[SKETCH_SLICE]
                if add_to_sketch(codes, tops, counts, sketch, value, meta[SKETCH_SLICE]):
                    about[sketch, ESTIMATE] = estimate(counts, sketch)
        answers[row] = 0
        if slot != ABSENT:
            answers[row] = state[slot, MEMBERS]
            if state[slot, MEMBERS] > MOST_MEMBERS:
                sketch = (state[slot, MEMBERS] >> SKETCH_BITS) - 1
                slide_sketch(codes, tops, counts, about, sketch, meta[SKETCH_SLICE])
                answers[row] = about[sketch, ESTIMATE]
    return len(keys)


@kernel
def _touch(
    state: Ints, pairs: Ints, slots: Slots, keys: Hashes, members: Hashes, adds: Flags, meta: Ints, start: int
) -> None:
    """Read what the next rows will, so that they do not wait for memory one after another."""
    total, last = np.int64(0), np.uint64(len(pairs) - 2)
    for row in range(start, min(start + _AHEAD, len(slots))):
        if adds[row]:
            total ^= pairs[pair_hash(keys[row], members[row]) & last, SEEN]
        total ^= state[slots[row], MEMBERS]  # at ABSENT it is the last
    meta[TOUCHED] = total


@kernel
def _sketch_left(shape: Ints, about: Ints, meta: Ints) -> bool:
    """Is there a sketch to take, or to be taken from another key?"""
    return bool(meta[SKETCHES] < len(about) or len(about) >= shape[MAX_SKETCHES])


@kernel
def _slide(
    shape: Ints,
    table: Hashes,
    state: Ints,
    pairs: Ints,
    queue: Ints,
    runs: Ints,
    about: Ints,
    meta: Ints,
    time_us: int,
) -> None:
    """Enter the slice of a time, if it is not that of now: forget pairs and sketches that are out of the window."""
    slice_ = time_us // shape[WIDTH_US]
    if slice_ == meta[SLICE]:
        return
    meta[SLICE] = slice_
    meta[SLICE_START] = meta[TAIL]
    while is_out(runs, meta, slice_ - shape[SPAN]):
        _drop_oldest(state, pairs, queue, runs, meta)
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
    pairs: Ints,
    pairs_used: Ints,
    queue: Ints,
    runs: Ints,
    about: Ints,
    meta: Ints,
    slot: int,
    value: np.uint64,
) -> None:
    """Hold a pair from this slice on; at a limit the oldest entries go first, then the most silent sketch."""
    pair = insert_pair(pairs, pairs_used, value)
    if pairs[pair, SEEN] >= meta[SLICE_START]:
        return
    while meta[TAIL] - meta[HEAD] >= shape[MAX_ENTRIES]:
        _drop_oldest(state, pairs, queue, runs, meta)
        meta[EVICTED] += 1
    if pairs[pair, SEEN] < meta[HEAD]:
        if state[slot, MEMBERS] == 0:
            while meta[KEYS] >= shape[MAX_KEYS]:
                if meta[HEAD] < meta[TAIL]:
                    _drop_oldest(state, pairs, queue, runs, meta)
                else:
                    _forget_sketch(state, about, meta, _most_silent(table, about))
                meta[EVICTED] += 1
            meta[KEYS] += 1
            state[slot, NEWEST] = 0
        state[slot, MEMBERS] += 1
    number = join(runs, meta)
    row = number & (len(queue) - 1)
    queue[row, OF] = ((pair + 1) << HALF) | (slot + 1)
    queue[row, PREVIOUS] = state[slot, NEWEST]
    pairs[pair, SEEN] = number
    state[slot, NEWEST] = number


@kernel
def _drop_oldest(state: Ints, pairs: Ints, queue: Ints, runs: Ints, meta: Ints) -> None:
    """Forget the oldest entry; its pair too, unless it was seen again since."""
    of = queue[meta[HEAD] & (len(queue) - 1), OF]
    pair, slot = (of >> HALF) - 1, (of & LOWER) - 1
    if pair != ABSENT and pairs[pair, SEEN] == meta[HEAD]:
        pairs[pair, SEEN] = 0
        state[slot, MEMBERS] -= 1
        if state[slot, MEMBERS] == 0:
            meta[KEYS] -= 1
    leave(runs, meta)


@kernel
def _turn(
    shape: Ints,
    table: Hashes,
    state: Ints,
    pairs: Ints,
    queue: Ints,
    runs: Ints,
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
    state[slot, MEMBERS] = (sketch + 1) << SKETCH_BITS
    number, run = state[slot, NEWEST], meta[RUN_TAIL] - 1
    while number >= meta[HEAD]:
        row = number & (len(queue) - 1)
        pair = (queue[row, OF] >> HALF) - 1
        while runs[run & (len(runs) - 1), FIRST_ENTRY] > number:
            run -= 1
        if pair != ABSENT and pairs[pair, SEEN] == number:
            pairs[pair, SEEN] = 0
            slice_ = runs[run & (len(runs) - 1), OF_SLICE] * shape[WIDTH_US] // shape[SKETCH_WIDTH_US]
            if slice_ > meta[SKETCH_SLICE] - SLICES:
                add_older(codes, sketch, np.uint64(pairs[pair, PAIR]), slice_)
        number = queue[row, PREVIOUS]
    count_ranks(codes, tops, counts, about, sketch)


@kernel
def _forget_sketch(state: Ints, about: Ints, meta: Ints, sketch: int) -> None:
    """Forget a key that has a sketch: from then on its members are counted exactly again."""
    state[about[sketch, OWNER] - 1, MEMBERS] = 0
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


@entry
def move_counted(moved: Slots, state: Ints, new_state: Ints, queue: Ints, head: int, tail: int) -> None:
    """Take the rows of held keys to their new slots, and name these in the entries."""
    for number in range(head, tail):
        of = queue[number & (len(queue) - 1), OF]
        slot = (of & LOWER) - 1
        if slot != ABSENT:
            slot = np.int64(moved[slot]) if state[slot, MEMBERS] != 0 else np.int64(ABSENT)
            queue[number & (len(queue) - 1), OF] = (of - (of & LOWER)) | (slot + 1)
    for slot in range(len(state)):
        if state[slot, MEMBERS] != 0:
            new_state[moved[slot], NEWEST] = state[slot, NEWEST]
            new_state[moved[slot], MEMBERS] = state[slot, MEMBERS]
