"""Count, sum and remember times by key over a sliding window, in compiled code.

Event time never goes back, so all keys of a window slide together: what was added is a queue, by slice, and what falls
out of the window is at its head. A key has its running total, from which each entry is taken off as it leaves. What a
key adds within one slice stays in its row until its next entry is made, so that an operation touches one cache line.
"""

from skywarden.features.index_kernel import ABSENT, Flags, Hashes, Ints, Slots, find, insert
from skywarden.kernel.compiled import entry, kernel

# Cells of `meta`. Entries of the queue are numbered from 1; entry n is in row n & (rows - 1) of the ring.
HEAD, TAIL, KEYS, EVICTED, SLICE, SLICE_START, META_CELLS = 0, 1, 2, 3, 4, 5, 6
# Columns of `state`, by slot: the key's newest entry (below HEAD: it is forgotten), then its total and what of it is in
# that entry; or its first and last time.
NEWEST, TOTAL, ADDED, STATE_COLUMNS = 0, 1, 2, 3
FIRST, LAST = 1, 2
# Columns of `queue`. NUMBER of a key's newest entry is not written yet: see ADDED.
SLOT, AT, NUMBER, QUEUE_COLUMNS = 0, 1, 2, 3
COUNT, SUM, FIRST_SEEN, LAST_SEEN = 0, 1, 2, 3
SUM_LARGEST = 1 << 40
"""A number beyond it, or its negative, is not added: so a total cannot overflow."""


@entry
def observe_keyed(
    op: int,
    table: Hashes,
    used: Ints,
    room: int,
    slots: Slots,
    keys: Hashes,
    times_us: Ints,
    adds: Flags,
    numbers: Ints,
    state: Ints,
    queue: Ints,
    meta: Ints,
    width_us: int,
    span: int,
    max_keys: int,
    max_entries: int,
    start: int,
    answers: Ints,
    valid: Flags,
) -> int:
    """Do operations from `start` on; return the first that there is no room for, or their number."""
    times = op >= FIRST_SEEN
    edge_us = -1
    for row in range(start, len(keys)):
        time_us = int(times_us[row])
        if time_us >= edge_us:
            edge_us = (time_us // width_us + 1) * width_us
            _slide(op, state, queue, meta, time_us // width_us, span)
        if meta[TAIL] - meta[HEAD] >= len(queue) or used[0] >= room:
            return row
        slot = int(slots[row])
        if slot == ABSENT:
            slot = int(find(table, keys[row]))
        known = slot != ABSENT and state[slot, NEWEST] >= meta[HEAD]
        answer = int(state[slot, LAST]) if op == LAST_SEEN and known else 0
        number = int(numbers[row]) if op == SUM else 1
        adding = adds[row] and -SUM_LARGEST <= number <= SUM_LARGEST
        valid[row] = known or (adding and op != LAST_SEEN) or not times
        if adding:
            if slot == ABSENT:
                slot = int(insert(table, used, keys[row]))
            slots[row] = slot
            if state[slot, NEWEST] < meta[SLICE_START] or not known:
                _start_entry(op, state, queue, meta, slot, time_us, max_keys, max_entries)
            if times:
                state[slot, LAST] = time_us
            else:
                state[slot, TOTAL] += number
                state[slot, ADDED] += number
            known = True
        answers[row] = answer if op == LAST_SEEN or not known else state[slot, TOTAL]
    return len(keys)


@kernel
def _slide(op: int, state: Ints, queue: Ints, meta: Ints, slice_: int, span: int) -> None:
    """Enter a slice, if it is not that of now: drop what is out of the window."""
    if slice_ != meta[SLICE]:
        meta[SLICE] = slice_
        meta[SLICE_START] = meta[TAIL]
        while meta[HEAD] < meta[TAIL] and queue[meta[HEAD] & (len(queue) - 1), AT] <= slice_ - span:
            _drop_oldest(op, state, queue, meta)


@kernel
def _start_entry(
    op: int, state: Ints, queue: Ints, meta: Ints, slot: int, time_us: int, max_keys: int, max_entries: int
) -> None:
    """Make an entry of this slice for a key; at a limit the oldest entries go first."""
    ring = len(queue) - 1
    while meta[TAIL] - meta[HEAD] >= max_entries:
        _drop_oldest(op, state, queue, meta)
        meta[EVICTED] += 1
    newest = int(state[slot, NEWEST])
    if newest < meta[HEAD]:
        while meta[KEYS] >= max_keys:
            _drop_oldest(op, state, queue, meta)
            meta[EVICTED] += 1
        meta[KEYS] += 1
        state[slot, TOTAL] = 0 if op < FIRST_SEEN else time_us
    elif op < FIRST_SEEN:
        queue[newest & ring, NUMBER] = state[slot, ADDED]
    state[slot, ADDED] = 0
    newest = int(meta[TAIL])
    meta[TAIL] += 1
    state[slot, NEWEST] = newest
    queue[newest & ring, SLOT] = slot
    queue[newest & ring, AT] = meta[SLICE]
    queue[newest & ring, NUMBER] = 0


@kernel
def _drop_oldest(op: int, state: Ints, queue: Ints, meta: Ints) -> None:
    """Take the oldest entry off its key's total; a key without entries is forgotten."""
    row = meta[HEAD] & (len(queue) - 1)
    slot = queue[row, SLOT]
    if state[slot, NEWEST] == meta[HEAD]:
        meta[KEYS] -= 1
    elif op < FIRST_SEEN:
        state[slot, TOTAL] -= queue[row, NUMBER]
    meta[HEAD] += 1
