"""Keep a queue of entries in a ring of rows: entry n is in row n & (rows - 1), so numbers never have to be changed."""

import numpy as np

from skywarden.features.index_kernel import Ints

SMALLEST = 1 << 6


def new_ring(entries: int, columns: int) -> Ints:
    """Rows for so many entries and at least one more."""
    rows = SMALLEST
    while rows <= entries:
        rows *= 2
    return np.empty((rows, columns), dtype=np.int64)


def order(ring: Ints, head: int, tail: int) -> Ints:
    """The rows of the entries from `head` up to `tail`, oldest first."""
    rows: Ints = np.arange(head, tail) & (len(ring) - 1)
    return rows


def fitted(ring: Ints, head: int, tail: int) -> Ints:
    """The same ring, or one of twice the rows where it is full, or a smaller one where it is nearly empty."""
    entries = tail - head
    if entries < len(ring) and (len(ring) <= 8 * SMALLEST or entries * 16 >= len(ring)):
        return ring
    new = new_ring(2 * entries - 1, ring.shape[1])
    while head < tail:
        start, to = head & (len(ring) - 1), head & (len(new) - 1)
        run = min(tail - head, len(ring) - start, len(new) - to)
        new[to : to + run] = ring[start : start + run]
        head += run
    return new
