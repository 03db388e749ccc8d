"""Keep a queue of entries in a ring of rows, and the slices of its entries as a ring of runs (see queue_kernel.py)."""

import numpy as np

from skywarden.features.index_kernel import Ints
from skywarden.features.queue_kernel import (
    FIRST_ENTRY,
    HEAD,
    OF_SLICE,
    QUEUE_CELLS,
    RUN_COLUMNS,
    RUN_HEAD,
    RUN_TAIL,
    SLICE,
    SLICE_START,
    TAIL,
)

SMALLEST = 1 << 6


class SliceQueue:
    """The arrays of one queue: `rows` of entries, `runs`, and `meta`, whose cells after the queue's are its owner's."""

    def __init__(self, columns: int, cells: int) -> None:
        self.rows: Ints = _new_ring(0, columns)
        self.runs: Ints = _new_ring(0, RUN_COLUMNS)
        self.meta: Ints = np.zeros(cells, dtype=np.int64)
        self.meta[[HEAD, TAIL, SLICE_START]] = 1
        self.meta[SLICE] = -1

    def ends(self) -> tuple[int, int]:
        """The numbers of the oldest entry and of the next one."""
        head, tail = self.meta[:SLICE].tolist()
        return head, tail

    def fit(self) -> bool:
        """Make room where the rings are full, give it up where they are nearly empty. Was there anything to do?"""
        head, tail, _, _, run_head, run_tail = self.meta[:QUEUE_CELLS].tolist()
        fits = _fits(self.rows, tail - head), _fits(self.runs, run_tail - run_head)
        if not fits[0]:
            self.rows = _moved(self.rows, head, tail)
        if not fits[1]:
            self.runs = _moved(self.runs, run_head, run_tail)
        return not all(fits)

    def order(self) -> Ints:
        """The rows of the entries, oldest first."""
        rows: Ints = np.arange(*self.ends()) & (len(self.rows) - 1)
        return rows

    def slices(self) -> Ints:
        """The slice of each entry, oldest first."""
        runs = np.arange(self.meta[RUN_HEAD], self.meta[RUN_TAIL]) & (len(self.runs) - 1)
        head, tail = self.ends()
        firsts = np.maximum(self.runs[runs, FIRST_ENTRY], head)
        found: Ints = np.repeat(self.runs[runs, OF_SLICE], np.diff(firsts, append=tail))
        return found

    def load(self, slices: Ints, now: int) -> Ints:
        """Make an empty queue one of entries in these slices, at the slice `now`; return where their rows are."""
        firsts = np.flatnonzero(np.diff(slices, prepend=slices[:1] - 1))
        self.rows, self.runs = _new_ring(1 + len(slices), self.rows.shape[1]), _new_ring(len(firsts), RUN_COLUMNS)
        self.runs[: len(firsts), OF_SLICE], self.runs[: len(firsts), FIRST_ENTRY] = slices[firsts], firsts + 1
        self.meta[[TAIL, RUN_TAIL, SLICE]] = 1 + len(slices), len(firsts), now
        self.meta[SLICE_START] = 1 + np.searchsorted(slices, now)
        return self.order()

    def held_bytes(self) -> int:
        """Memory of the rings."""
        return self.rows.nbytes + self.runs.nbytes


def _new_ring(entries: int, columns: int) -> Ints:
    """Rows for so many entries and at least one more."""
    rows = SMALLEST
    while rows <= entries:
        rows *= 2
    return np.empty((rows, columns), dtype=np.int64)


def _fits(ring: Ints, entries: int) -> bool:
    """Is a ring neither full nor nearly empty?"""
    return entries < len(ring) and (len(ring) <= 8 * SMALLEST or entries * 16 >= len(ring))


def _moved(ring: Ints, head: int, tail: int) -> Ints:
    """The same entries in a ring of up to twice as many rows."""
    new = _new_ring(2 * (tail - head) - 1, ring.shape[1])
    while head < tail:
        start, to = head & (len(ring) - 1), head & (len(new) - 1)
        run = min(tail - head, len(ring) - start, len(new) - to)
        new[to : to + run] = ring[start : start + run]
        head += run
    return new
