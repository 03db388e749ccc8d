"""Count by key over a sliding window, in compiled code: what `observe_keyed` does, for the function that is asked most.

What changes at every operation stays in registers here; whatever is rare is left to the kernels of all functions.
"""

import numpy as np

from skywarden.features.index_kernel import ABSENT, Flags, Ints, Slots
from skywarden.features.keyed_kernel import (
    BITS,
    COUNT,
    COUNT_LARGEST,
    KEYS,
    MAX_ENTRIES,
    MAX_KEYS,
    MOST,
    NEWEST,
    SLOT,
    SPAN,
    TOTAL,
    WIDTH_US,
    slide,
    start_entry,
)
from skywarden.features.prefetch_kernel import AHEAD, prefetch
from skywarden.features.queue_kernel import HEAD, SLICE_START, TAIL, is_full
from skywarden.kernel.compiled import entry


@entry
def observe_counts(
    shape: Ints,
    slots: Slots,
    times_us: Ints,
    adds: Flags,
    state: Ints,
    queue: Ints,
    runs: Ints,
    meta: Ints,
    start: int,
    answers: Ints,
) -> int:
    """Do operations from `start` on; return the first that there is no room for, or their number."""
    rows, ring, room = len(slots), np.uint64(len(queue) - 1), min(len(queue), shape[MAX_ENTRIES])
    width_us, span, max_keys = shape[WIDTH_US], shape[SPAN], shape[MAX_KEYS]
    head, tail, first, held = meta[HEAD], meta[TAIL], meta[SLICE_START], meta[KEYS]
    edge_us = np.int64(-1)
    for number in range(start, rows):
        row = np.uint64(number)
        if number + 2 * AHEAD < rows:
            prefetch(state, 2 * np.int64(slots[row + np.uint64(2 * AHEAD)]))
            near = np.uint64(max(slots[row + np.uint64(AHEAD)], 0))
            prefetch(queue, np.int64(np.uint64(state[near, NEWEST]) & ring))
        if times_us[row] >= edge_us:
            meta[TAIL], meta[KEYS] = tail, held
            edge_us = (times_us[row] // width_us + 1) * width_us
            slide(COUNT, state, queue, runs, meta, times_us[row] // width_us, span)
            head, first, held = meta[HEAD], meta[SLICE_START], meta[KEYS]
        slot = np.int64(slots[row])
        if slot == ABSENT:
            answers[row] = 0
            continue
        at = np.uint64(slot)
        if adds[row] and state[at, TOTAL] < COUNT_LARGEST:
            newest = state[at, NEWEST]
            if newest < first or queue[np.uint64(newest) & ring, SLOT] & MOST == MOST:
                unheld = newest < head
                if tail == first or head == tail or tail - head >= room or (unheld and held >= max_keys):
                    meta[TAIL], meta[KEYS] = tail, held
                    if is_full(queue, runs, meta):
                        return number
                    start_entry(COUNT, state, queue, runs, meta, slot, 0, max_keys, shape[MAX_ENTRIES])
                    head, tail, held = meta[HEAD], meta[TAIL], meta[KEYS]
                    newest = state[at, NEWEST]
                else:
                    newest = tail
                    tail += 1
                    held += unheld
                    state[at, NEWEST] = newest
                    queue[np.uint64(newest) & ring, SLOT] = slot << BITS
            queue[np.uint64(newest) & ring, SLOT] += 1
            state[at, TOTAL] += 1
        answers[row] = state[at, TOTAL]
    meta[TAIL], meta[KEYS] = tail, held
    return rows
