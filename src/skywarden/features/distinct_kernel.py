"""Count different members by key over a sliding window, in compiled code: exactly while they are few, then by a sketch.

Each pair of a key and a member has one row in a table of pairs. When a pair is seen, first or in a new slice, an entry
joins a queue by slices; a pair is forgotten when its newest entry leaves the window. Entries of one key are chained, so
that a key with too many members hands them to its sketch.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Flags, Hashes, Ints, Slots
from skywarden.features.pair_kernel import PAIR, SEEN, ask_for_pair, find_pair, insert_pair
from skywarden.features.prefetch_kernel import AHEAD, prefetch
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
KEYS, EVICTED, SKETCHES, SKETCH_SLICE, META_CELLS = range(QUEUE_CELLS, QUEUE_CELLS + 5)
# Columns of `state`, by slot: the key's newest entry, and how many of its pairs are held beside its sketch and one (0:
# none), which stands above the lowest bits.
NEWEST, MEMBERS, STATE_COLUMNS = 0, 1, 2
SKETCH_BITS = 16
MOST_MEMBERS = (1 << SKETCH_BITS) - 1
# Columns of `queue`: the pair's hash; in the lower half of LINK the key's slot and one (0: no longer held), in the
# upper half how many entries ago the key's entry before was (0: none).
OF_PAIR, LINK, QUEUE_COLUMNS = 0, 1, 2
HALF = 32
LOWER = (1 << HALF) - 1
# Cells of `shape`.
WIDTH_US, SPAN, SKETCH_WIDTH_US, MAX_KEYS, MAX_ENTRIES, MAX_SKETCHES, PAIR_ROOM, SHAPE_CELLS = range(8)


@entry
def observe_distinct(
    shape: Ints,
    names: Hashes,
    slots: Slots,
    times_us: Ints,
    adds: Flags,
    values: Hashes,
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
    rows, ring, room = len(slots), np.uint64(len(queue) - 1), min(len(queue), shape[MAX_ENTRIES])
    head, tail, first, max_keys = meta[HEAD], meta[TAIL], meta[SLICE_START], shape[MAX_KEYS]
    edge_us = np.int64(-1)
    for number in range(start, rows):
        row = np.uint64(number)
        if number + AHEAD < rows:
            later = row + np.uint64(AHEAD)
            prefetch(state, STATE_COLUMNS * np.int64(slots[later]))
            if adds[later]:
                ask_for_pair(pairs, values[later])
        if times_us[row] >= edge_us:
            meta[TAIL] = tail
            edge_us = (times_us[row] // shape[WIDTH_US] + 1) * shape[WIDTH_US]
            _slide(shape, names, state, pairs, queue, runs, about, meta, times_us[row])
            head, first = meta[HEAD], meta[SLICE_START]
        slot = np.int64(slots[row])
        if slot == ABSENT:
            answers[row] = 0
            continue
        at = np.uint64(slot)
        if adds[row]:
            if pairs_used[0] >= shape[PAIR_ROOM]:
                meta[TAIL] = tail
                return number
            members = state[at, MEMBERS]
            usual = members < DISTINCT_EXACT and first < tail and head < tail < head + room
            if usual and (members > 0 or meta[KEYS] < max_keys):
                if members == 0:
                    meta[KEYS] += 1
                    state[at, NEWEST] = 0
                pair = np.uint64(insert_pair(pairs, pairs_used, values[row]))
                if pairs[pair, SEEN] < first:
                    state[at, MEMBERS] += pairs[pair, SEEN] < head
                    _write_entry(state, queue, values[row], at, head, tail, ring)
                    pairs[pair, SEEN] = tail
                    tail += 1
            else:
                meta[TAIL] = tail
                if is_full(queue, runs, meta):
                    return number
                if members == DISTINCT_EXACT and not _sketch_left(shape, about, meta):
                    return number
                if members <= MOST_MEMBERS:
                    _see(shape, names, state, pairs, pairs_used, queue, runs, about, meta, slot, values[row])
                    if state[at, MEMBERS] & MOST_MEMBERS > DISTINCT_EXACT:
                        _turn(shape, names, state, pairs, queue, runs, codes, tops, counts, about, meta, slot)
                else:
                    _add_to_sketch(codes, tops, counts, about, meta, (members >> SKETCH_BITS) - 1, values[row])
                head, tail = meta[HEAD], meta[TAIL]
        answers[row] = state[at, MEMBERS]
        if state[at, MEMBERS] > MOST_MEMBERS:
            sketch = (state[at, MEMBERS] >> SKETCH_BITS) - 1
            slide_sketch(codes, tops, counts, about, sketch, meta[SKETCH_SLICE])
            answers[row] = about[sketch, ESTIMATE]
    meta[TAIL] = tail
    return rows


@kernel
def _write_entry(
    state: Ints, queue: Ints, value: np.uint64, slot: np.uint64, head: int, number: int, ring: np.uint64
) -> None:
    """Write an entry, and make it its key's newest."""
    row, before = np.uint64(number) & ring, state[slot, NEWEST]
    queue[row, OF_PAIR] = np.int64(value)
    queue[row, LINK] = ((number - before if before >= head else 0) << HALF) | np.int64(slot + np.uint64(1))
    state[slot, NEWEST] = number


@kernel
def _add_to_sketch(
    codes: Codes, tops: Codes, counts: Ints, about: Ints, meta: Ints, sketch: int, value: np.uint64
) -> None:
    slide_sketch(codes, tops, counts, about, sketch, meta[SKETCH_SLICE])
    about[sketch, ADDED_AT] = meta[SKETCH_SLICE]
    if add_to_sketch(codes, tops, counts, sketch, value, meta[SKETCH_SLICE]):
        about[sketch, ESTIMATE] = estimate(counts, sketch)


@kernel
def _sketch_left(shape: Ints, about: Ints, meta: Ints) -> bool:
    """Is there a sketch to take, or to be taken from another key?"""
    return bool(meta[SKETCHES] < len(about) or len(about) >= shape[MAX_SKETCHES])


@kernel
def _slide(
    shape: Ints,
    names: Hashes,
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
    names: Hashes,
    state: Ints,
    pairs: Ints,
    pairs_used: Ints,
    queue: Ints,
    runs: Ints,
    about: Ints,
    meta: Ints,
    slot: int | np.int64,
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
                    _forget_sketch(state, about, meta, _most_silent(names, about))
                meta[EVICTED] += 1
            meta[KEYS] += 1
            state[slot, NEWEST] = 0
        state[slot, MEMBERS] += 1
    number = join(runs, meta)
    _write_entry(state, queue, value, np.uint64(slot), meta[HEAD], number, np.uint64(len(queue) - 1))
    pairs[pair, SEEN] = number


@kernel
def _drop_oldest(state: Ints, pairs: Ints, queue: Ints, runs: Ints, meta: Ints) -> None:
    """Forget the oldest entry; its pair too, unless it was seen again since."""
    ring = len(queue) - 1
    ask_for_pair(pairs, np.uint64(queue[(meta[HEAD] + AHEAD) & ring, OF_PAIR]))
    slot = (queue[meta[HEAD] & ring, LINK] & LOWER) - 1
    if slot != ABSENT:
        pair = find_pair(pairs, np.uint64(queue[meta[HEAD] & ring, OF_PAIR]))
        if pairs[pair, SEEN] == meta[HEAD]:
            pairs[pair, SEEN] = 0
            state[slot, MEMBERS] -= 1
            if state[slot, MEMBERS] == 0:
                meta[KEYS] -= 1
    leave(runs, meta)


@kernel
def _turn(
    shape: Ints,
    names: Hashes,
    state: Ints,
    pairs: Ints,
    queue: Ints,
    runs: Ints,
    codes: Codes,
    tops: Codes,
    counts: Ints,
    about: Ints,
    meta: Ints,
    slot: int | np.int64,
) -> None:
    """Hand a key's pairs to a sketch, newest first."""
    if meta[SKETCHES] >= len(about):
        _forget_sketch(state, about, meta, _most_silent(names, about))
        meta[EVICTED] += 1
    sketch = 0
    while about[sketch, OWNER] != 0:
        sketch += 1
    meta[SKETCHES] += 1
    clear_sketch(codes, about, sketch, slot, meta[SKETCH_SLICE])
    state[slot, MEMBERS] = (sketch + 1) << SKETCH_BITS
    number, run, ago = state[slot, NEWEST], meta[RUN_TAIL] - 1, 1
    while ago > 0 and number >= meta[HEAD]:
        row = number & (len(queue) - 1)
        pair = find_pair(pairs, np.uint64(queue[row, OF_PAIR]))
        while runs[run & (len(runs) - 1), FIRST_ENTRY] > number:
            run -= 1
        if pairs[pair, SEEN] == number:
            pairs[pair, SEEN] = 0
            slice_ = runs[run & (len(runs) - 1), OF_SLICE] * shape[WIDTH_US] // shape[SKETCH_WIDTH_US]
            if slice_ > meta[SKETCH_SLICE] - SLICES:
                add_older(codes, sketch, np.uint64(pairs[pair, PAIR]), slice_)
        ago = queue[row, LINK] >> HALF
        number -= ago
    count_ranks(codes, tops, counts, about, sketch)


@kernel
def _forget_sketch(state: Ints, about: Ints, meta: Ints, sketch: int) -> None:
    """Forget a key that has a sketch: from then on its members are counted exactly again."""
    state[about[sketch, OWNER] - 1, MEMBERS] = 0
    about[sketch, OWNER] = 0
    meta[SKETCHES] -= 1
    meta[KEYS] -= 1


@kernel
def _most_silent(names: Hashes, about: Ints) -> int:
    """The sketch that nothing was added to for longest; of several, that of the smallest key."""
    found = -1
    for sketch in range(len(about)):
        if about[sketch, OWNER] != 0:
            silent = found == -1 or about[sketch, ADDED_AT] < about[found, ADDED_AT]
            same = not silent and about[sketch, ADDED_AT] == about[found, ADDED_AT]
            if silent or (same and names[about[sketch, OWNER] - 1] < names[about[found, OWNER] - 1]):
                found = sketch
    return found


@entry
def move_counted(moved: Slots, state: Ints, new_state: Ints, queue: Ints, head: int, tail: int) -> None:
    """Take the rows of held keys to their new slots, and name these in the entries."""
    for number in range(head, tail):
        row = number & (len(queue) - 1)
        slot = (queue[row, LINK] & LOWER) - 1
        if slot != ABSENT:
            slot = np.int64(moved[slot]) if state[slot, MEMBERS] != 0 else np.int64(ABSENT)
            queue[row, LINK] = (queue[row, LINK] - (queue[row, LINK] & LOWER)) | (slot + 1)
    for slot in range(min(len(state), len(moved))):
        if state[slot, MEMBERS] != 0:
            new_state[moved[slot], NEWEST] = state[slot, NEWEST]
            new_state[moved[slot], MEMBERS] = state[slot, MEMBERS]
