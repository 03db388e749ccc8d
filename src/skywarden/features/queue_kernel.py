"""Keep a queue of entries by slice, in compiled code: what joins it stands in the slice of now, what leaves is oldest.

Entries are numbered from 1; entry n is in row n & (rows - 1) of a ring, whose columns are its owner's. The slice of an
entry is not in its row: a second ring has the runs, which are the entries of one slice.
"""

from skywarden.features.index_kernel import Ints
from skywarden.kernel.compiled import kernel

# The first cells of `meta` of whoever has a queue: the oldest entry and the next one, the slice of now and its first
# entry, the oldest run and the next one.
HEAD, TAIL, SLICE, SLICE_START, RUN_HEAD, RUN_TAIL, QUEUE_CELLS = range(7)
# Columns of `runs`.
OF_SLICE, FIRST_ENTRY, RUN_COLUMNS = 0, 1, 2


@kernel
def is_full(queue: Ints, runs: Ints, meta: Ints) -> bool:
    """Is there no room for an entry, or for its slice?"""
    return bool(meta[TAIL] - meta[HEAD] >= len(queue) or meta[RUN_TAIL] - meta[RUN_HEAD] >= len(runs))


@kernel
def is_out(runs: Ints, meta: Ints, floor: int) -> bool:
    """Is there an oldest entry, of a slice that is not above `floor`?"""
    return bool(meta[RUN_HEAD] < meta[RUN_TAIL] and runs[meta[RUN_HEAD] & (len(runs) - 1), OF_SLICE] <= floor)


@kernel
def end_of_run(runs: Ints, meta: Ints) -> int:
    """The entry behind the oldest run; there is one."""
    following = meta[RUN_HEAD] + 1
    if following == meta[RUN_TAIL]:
        return int(meta[TAIL])
    return int(runs[following & (len(runs) - 1), FIRST_ENTRY])


@kernel
def join(runs: Ints, meta: Ints) -> int:
    """Count one more entry, in the slice of now; return its number."""
    ring, number = len(runs) - 1, int(meta[TAIL])
    if meta[RUN_HEAD] == meta[RUN_TAIL] or runs[(meta[RUN_TAIL] - 1) & ring, OF_SLICE] != meta[SLICE]:
        runs[meta[RUN_TAIL] & ring, OF_SLICE] = meta[SLICE]
        runs[meta[RUN_TAIL] & ring, FIRST_ENTRY] = number
        meta[RUN_TAIL] += 1
    meta[TAIL] += 1
    return number


@kernel
def leave(runs: Ints, meta: Ints) -> None:
    """Count the oldest entry no longer; its run neither, if it was the last of it."""
    stop = end_of_run(runs, meta)
    meta[HEAD] += 1
    if meta[HEAD] == stop:
        meta[RUN_HEAD] += 1
