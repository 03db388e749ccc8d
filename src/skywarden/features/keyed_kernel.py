"""Count, sum and remember times by key over a sliding window, in compiled code.

Event time never goes back, so all keys of a window slide together: what was added is a queue, by slice, and what falls
out of the window is at its head. A key has its running total, from which each entry is taken off as it leaves. What a
key adds within one slice stays in its row until its next entry is made, so that an operation touches one cache line;
rows are as small as they can be, because waiting for memory is what an operation costs.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Flags, Hashes, Ints, Slots, find, insert
from skywarden.features.queue_kernel import HEAD, QUEUE_CELLS, SLICE, SLICE_START, TAIL, is_full, is_out, join, leave
from skywarden.kernel.compiled import entry, kernel

# Cells of `shape`.
OP, WIDTH_US, SPAN, MAX_KEYS, MAX_ENTRIES, ROOM, SHAPE_CELLS = range(7)
# Cells of `meta` after those of the queue.
KEYS, EVICTED, TOUCHED, META_CELLS = range(QUEUE_CELLS, QUEUE_CELLS + 4)
# Columns of `state`, by slot: the key's newest entry (below HEAD: it is forgotten), then its total and what of it is in
# that entry, for `count` both in TOTAL; or its first and last time.
NEWEST, TOTAL, ADDED = 0, 1, 2
FIRST, LAST = 1, 2
# Columns of `queue`: the slot, with the number in the lowest bits for `count`, and the number for `sum`. That of a
# key's newest entry is not written yet: see ADDED.
SLOT, NUMBER = 0, 1
COUNT, SUM, FIRST_SEEN, LAST_SEEN = 0, 1, 2, 3
BITS = 28
"""Bits of a number beside a slot or a total; a key that has added as many in one slice gets another entry."""
MOST = (1 << BITS) - 1
COUNT_LARGEST = (1 << 35) - 1
"""Where a count stops."""
SUM_LARGEST = 1 << 40
"""A number beyond it, or its negative, is not added: so a total cannot overflow."""
_AHEAD = 32
"""Rows whose state is asked of memory at once."""


@entry
def observe_keyed(
    shape: Ints,
    table: Hashes,
    used: Ints,
    slots: Slots,
    keys: Hashes,
    times_us: Ints,
    adds: Flags,
    numbers: Ints,
    state: Ints,
    queue: Ints,
    runs: Ints,
    meta: Ints,
    start: int,
    answers: Ints,
    valid: Flags,
) -> int:
    """Do operations from `start` on; return the first that there is no room for, or their number."""
    op, width_us = shape[OP], shape[WIDTH_US]
    times = op >= FIRST_SEEN
    edge_us = -1
    for row in range(start, len(keys)):
        if (row - start) % _AHEAD == 0:
            _touch(state, slots, meta, row)
        time_us = int(times_us[row])
        if time_us >= edge_us:
            edge_us = (time_us // width_us + 1) * width_us
            _slide(op, state, queue, runs, meta, time_us // width_us, shape[SPAN])
        slot = int(slots[row])
        if slot == ABSENT:
            slot = int(find(table, keys[row]))
        known = slot != ABSENT and state[slot, NEWEST] >= meta[HEAD]
        answer = int(state[slot, LAST]) if op == LAST_SEEN and known else 0
        number = int(numbers[row]) if op == SUM else 1
        adding = adds[row] and -SUM_LARGEST <= number <= SUM_LARGEST
        if op == COUNT and known and adding:
            adding = state[slot, TOTAL] >> BITS < COUNT_LARGEST
        if adding:
            fresh = not known or state[slot, NEWEST] < meta[SLICE_START]
            if op == COUNT and not fresh:
                fresh = state[slot, TOTAL] & MOST == MOST
            if fresh:
                if used[0] >= shape[ROOM] or is_full(queue, runs, meta):
                    return row
                if slot == ABSENT:
                    slot = int(insert(table, used, keys[row]))
                _start_entry(op, state, queue, runs, meta, slot, time_us, shape[MAX_KEYS], shape[MAX_ENTRIES])
            slots[row] = slot
            if times:
                state[slot, LAST] = time_us
            elif op == COUNT:
                state[slot, TOTAL] += (1 << BITS) + 1
            else:
                state[slot, TOTAL] += number
                state[slot, ADDED] += number
        valid[row] = known or (adding and op != LAST_SEEN) or not times
        if op != LAST_SEEN and (known or adding):
            answer = state[slot, TOTAL] >> BITS if op == COUNT else state[slot, TOTAL]
        answers[row] = answer
    return len(keys)


@kernel
def _touch(state: Ints, slots: Slots, meta: Ints, start: int) -> None:
    """Read the state of the next rows, so that they do not wait for memory one after another."""
    total = 0
    for row in range(start, min(start + _AHEAD, len(slots))):
        total ^= state[slots[row], NEWEST]  # at ABSENT it is the last
    meta[TOUCHED] = total


@kernel
def _slide(op: int, state: Ints, queue: Ints, runs: Ints, meta: Ints, slice_: int, span: int) -> None:
    """Enter a slice, if it is not that of now: drop what is out of the window."""
    if slice_ != meta[SLICE]:
        meta[SLICE] = slice_
        meta[SLICE_START] = meta[TAIL]
        while is_out(runs, meta, slice_ - span):
            _drop_oldest(op, state, queue, runs, meta)


@kernel
def _start_entry(
    op: int,
    state: Ints,
    queue: Ints,
    runs: Ints,
    meta: Ints,
    slot: int,
    time_us: int,
    max_keys: int,
    max_entries: int,
) -> None:
    """Make an entry of this slice for a key; at a limit the oldest entries go first."""
    ring = len(queue) - 1
    while meta[TAIL] - meta[HEAD] >= max_entries or (state[slot, NEWEST] < meta[HEAD] and meta[KEYS] >= max_keys):
        _drop_oldest(op, state, queue, runs, meta)
        meta[EVICTED] += 1
    newest = int(state[slot, NEWEST])
    if newest < meta[HEAD]:
        meta[KEYS] += 1
        state[slot, TOTAL] = 0 if op < FIRST_SEEN else time_us
    elif op == COUNT:
        added = state[slot, TOTAL] & MOST
        queue[newest & ring, SLOT] += added
        state[slot, TOTAL] -= added
    elif op == SUM:
        queue[newest & ring, NUMBER] = state[slot, ADDED]
    newest = join(runs, meta)
    state[slot, NEWEST] = newest
    queue[newest & ring, SLOT] = slot << BITS
    if op == SUM:
        state[slot, ADDED] = 0
        queue[newest & ring, NUMBER] = 0


@kernel
def _drop_oldest(op: int, state: Ints, queue: Ints, runs: Ints, meta: Ints) -> None:
    """Take the oldest entry off its key's total; a key without entries is forgotten."""
    row = meta[HEAD] & (len(queue) - 1)
    slot = queue[row, SLOT] >> BITS
    # A key's newest entry has no number yet; without jumps that wait for memory, the entries of a slice leave at once.
    meta[KEYS] -= int(state[slot, NEWEST] == meta[HEAD])
    if op == COUNT:
        state[slot, TOTAL] -= (queue[row, SLOT] & MOST) << BITS
    elif op == SUM:
        state[slot, TOTAL] -= queue[row, NUMBER]
    leave(runs, meta)


@entry
def move_keyed(moved: Slots, state: Ints, new_state: Ints, queue: Ints, head: int, tail: int) -> None:
    """Take the rows of held keys to their new slots, and name these in the entries."""
    for slot in range(len(state)):
        if moved[slot] != ABSENT and state[slot, NEWEST] >= head:
            for column in range(state.shape[1]):
                new_state[moved[slot], column] = state[slot, column]
    for number in range(head, tail):
        row = number & (len(queue) - 1)
        queue[row, SLOT] = (np.int64(moved[queue[row, SLOT] >> BITS]) << BITS) | (queue[row, SLOT] & MOST)
