"""Count, sum and remember times by key over a sliding window, in compiled code.

Event time never goes back, so all keys of a window slide together: what was added is a queue, by slice, and what falls
out of the window is at its head. A key has its running total, from which each entry is taken off as it leaves. An
operation touches its key's row, and the row of the key's newest entry, which is among the last of the queue; both are
asked of memory before their turn, because waiting for memory is what an operation costs.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Flags, Ints, Slots
from skywarden.features.prefetch_kernel import AHEAD, prefetch
from skywarden.features.queue_kernel import (
    HEAD,
    QUEUE_CELLS,
    RUN_HEAD,
    SLICE,
    SLICE_START,
    TAIL,
    end_of_run,
    is_full,
    is_out,
    join,
    leave,
)
from skywarden.kernel.compiled import entry, kernel

# Cells of `shape`.
OP, WIDTH_US, SPAN, MAX_KEYS, MAX_ENTRIES, SHAPE_CELLS = range(6)
# Cells of `meta` after those of the queue.
KEYS, EVICTED, META_CELLS = range(QUEUE_CELLS, QUEUE_CELLS + 3)
# Columns of `state`, by slot: the key's newest entry (below HEAD: it is forgotten), then its total, or its first and
# last time.
NEWEST, TOTAL = 0, 1
FIRST, LAST = 1, 2
# Columns of `queue`: the slot, with the number in the lowest bits for `count`, and the number for `sum`.
SLOT, NUMBER = 0, 1
COUNT, SUM, FIRST_SEEN, LAST_SEEN = 0, 1, 2, 3
BITS = 28
"""Bits of a number beside a slot; a key that has added as many in one slice gets another entry."""
MOST = (1 << BITS) - 1
COUNT_LARGEST = (1 << 35) - 1
"""Where a count stops."""
SUM_LARGEST = 1 << 40
"""A number beyond it, or its negative, is not added: so a total cannot overflow."""


@entry
def observe_keyed(
    shape: Ints,
    slots: Slots,
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
    """Do operations of any function but `count` from `start` on; return the first without room, or their number.

    `valid` is written for times only; sums are always known.
    """
    op, width_us, ring = shape[OP], shape[WIDTH_US], len(queue) - 1
    edge_us = -1
    for row in range(start, len(slots)):
        _ask_ahead(slots, state, queue, row)
        time_us = int(times_us[row])
        if time_us >= edge_us:
            edge_us = (time_us // width_us + 1) * width_us
            slide(op, state, queue, runs, meta, time_us // width_us, shape[SPAN])
        slot = int(slots[row])
        if slot == ABSENT:
            answers[row] = 0
            if op >= FIRST_SEEN:
                valid[row] = False
            continue
        number = int(numbers[row]) if op == SUM else 0
        adding = adds[row] and -SUM_LARGEST <= number <= SUM_LARGEST
        before = state[slot, LAST] if op == LAST_SEEN else 0
        known = state[slot, NEWEST] >= meta[HEAD]
        if adding:
            if not known or state[slot, NEWEST] < meta[SLICE_START]:
                if is_full(queue, runs, meta):
                    return row
                start_entry(op, state, queue, runs, meta, slot, time_us, shape[MAX_KEYS], shape[MAX_ENTRIES])
            if op == SUM:
                queue[state[slot, NEWEST] & ring, NUMBER] += number
                state[slot, TOTAL] += number
            else:
                state[slot, LAST] = time_us
        if op == LAST_SEEN:
            answers[row], valid[row] = before, known
        else:
            answers[row] = state[slot, TOTAL]
            if op == FIRST_SEEN:
                valid[row] = known or adding
    return len(slots)


@kernel
def _ask_ahead(slots: Slots, state: Ints, queue: Ints, row: int) -> None:
    """Ask for the key's row of a later operation, and for the newest entry of the key of one that is nearer."""
    if row + 2 * AHEAD < len(slots):
        prefetch(state, np.int64(slots[row + 2 * AHEAD]) * state.shape[1])
        slot = max(int(slots[row + AHEAD]), 0)
        prefetch(queue, (state[slot, NEWEST] & (len(queue) - 1)) * queue.shape[1])


@kernel
def slide(op: int, state: Ints, queue: Ints, runs: Ints, meta: Ints, slice_: int, span: int) -> None:
    """Enter a slice, if it is not that of now: take what is out of the window off the totals, run by run."""
    if slice_ == meta[SLICE]:
        return
    meta[SLICE] = slice_
    meta[SLICE_START] = meta[TAIL]
    ring = np.uint64(len(queue) - 1)
    while is_out(runs, meta, slice_ - span):
        stop, forgotten = end_of_run(runs, meta), 0
        for number in range(meta[HEAD], stop):
            ahead = np.uint64(number + AHEAD) & ring
            prefetch(state, (queue[ahead, SLOT] >> BITS) * state.shape[1])
            row = np.uint64(number) & ring
            slot = np.uint64(queue[row, SLOT] >> BITS)
            forgotten += state[slot, NEWEST] == number
            if op == COUNT:
                state[slot, TOTAL] -= queue[row, SLOT] & MOST
            elif op == SUM:
                state[slot, TOTAL] -= queue[row, NUMBER]
        meta[KEYS] -= forgotten
        meta[HEAD] = stop
        meta[RUN_HEAD] += 1


@kernel
def start_entry(
    op: int,
    state: Ints,
    queue: Ints,
    runs: Ints,
    meta: Ints,
    slot: int | np.int64,
    time_us: int,
    max_keys: int,
    max_entries: int,
) -> None:
    """Make an entry of this slice for a key; at a limit the oldest entries go first."""
    while meta[TAIL] - meta[HEAD] >= max_entries or (state[slot, NEWEST] < meta[HEAD] and meta[KEYS] >= max_keys):
        _drop_oldest(op, state, queue, runs, meta)
        meta[EVICTED] += 1
    if state[slot, NEWEST] < meta[HEAD]:
        meta[KEYS] += 1
        state[slot, TOTAL] = 0 if op < FIRST_SEEN else time_us
    newest = join(runs, meta)
    state[slot, NEWEST] = newest
    row = newest & (len(queue) - 1)
    queue[row, SLOT] = slot << BITS
    if op == SUM:
        queue[row, NUMBER] = 0


@kernel
def _drop_oldest(op: int, state: Ints, queue: Ints, runs: Ints, meta: Ints) -> None:
    """Take the oldest entry off its key's total; a key without entries is forgotten."""
    row = meta[HEAD] & (len(queue) - 1)
    slot = queue[row, SLOT] >> BITS
    meta[KEYS] -= int(state[slot, NEWEST] == meta[HEAD])
    if op == COUNT:
        state[slot, TOTAL] -= queue[row, SLOT] & MOST
    elif op == SUM:
        state[slot, TOTAL] -= queue[row, NUMBER]
    leave(runs, meta)


@entry
def move_keyed(moved: Slots, state: Ints, new_state: Ints, queue: Ints, head: int, tail: int) -> None:
    """Take the rows of held keys to their new slots, and name these in the entries."""
    for slot in range(min(len(state), len(moved))):
        if moved[slot] != ABSENT and state[slot, NEWEST] >= head:
            for column in range(state.shape[1]):
                new_state[moved[slot], column] = state[slot, column]
    for number in range(head, tail):
        row = number & (len(queue) - 1)
        queue[row, SLOT] = (np.int64(moved[queue[row, SLOT] >> BITS]) << BITS) | (queue[row, SLOT] & MOST)
