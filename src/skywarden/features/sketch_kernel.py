"""Estimate how many different hashes a sliding window has seen, in compiled code: HyperLogLog that forgets by slices.

One sketch answers for a window of 60 slices: for each register and rank it keeps the last slice in which that rank was
seen, so the highest rank that is still within the window is the register of an ordinary HyperLogLog.

Sources: Flajolet et al., "HyperLogLog", AOFA 2007; the estimate is algorithm 6 of Ertl, "New cardinality estimation
algorithms for HyperLogLog sketches", 2017, which needs no correction for small counts.
"""

import math

import numpy as np
import numpy.typing as npt

from skywarden.features.index_kernel import Ints
from skywarden.features.slices import SLICES
from skywarden.kernel.compiled import entry, kernel

PRECISION = 12
REGISTERS = 1 << PRECISION
RANKS = 32
"""Ranks go up to 31: enough for 10**12 values."""
CODES = 255
_ALPHA = 0.5 / math.log(2)

# Columns of `about`, by sketch: the slot of its key and one (0: free), the slice up to which it has forgotten, the
# newest slice that added to it, the estimate.
OWNER, NOW, ADDED_AT, ESTIMATE, ABOUT_COLUMNS = 0, 1, 2, 3, 4

Codes = npt.NDArray[np.uint8]
"""sketches x registers x ranks: slice modulo 255 and one, or 0."""


@kernel
def clear_sketch(codes: Codes, about: Ints, sketch: int, slot: int | np.int64, slice_: int) -> None:
    """Give an empty sketch to a slot."""
    for register in range(REGISTERS):
        for rank in range(RANKS):
            codes[sketch, register, rank] = 0
    about[sketch, OWNER] = slot + 1
    about[sketch, NOW] = slice_
    about[sketch, ADDED_AT] = slice_
    about[sketch, ESTIMATE] = 0


@kernel
def add_to_sketch(codes: Codes, tops: Codes, counts: Ints, sketch: int, value: np.uint64, slice_: int) -> bool:
    """See a hash in the slice of now. Has a register become higher?"""
    register, rank = _place(value)
    codes[sketch, register, rank] = slice_ % CODES + 1
    top = tops[sketch, register]
    if rank <= top:
        return False
    counts[sketch, top] -= 1
    counts[sketch, rank] += 1
    tops[sketch, register] = rank
    return True


@kernel
def add_older(codes: Codes, sketch: int, value: np.uint64, slice_: int) -> None:
    """Note a hash of an earlier slice, unless its place has a later one; `count_ranks` has to follow."""
    register, rank = _place(value)
    if codes[sketch, register, rank] == 0:
        codes[sketch, register, rank] = slice_ % CODES + 1


@kernel
def _place(value: np.uint64) -> tuple[np.int64, int]:
    """The register of a hash, by its first bits, and its rank: the zeros that follow, and one."""
    rest = value << np.uint64(PRECISION)
    rank = 1
    while rank < RANKS - 1 and rest >> np.uint64(63) == 0:
        rest <<= np.uint64(1)
        rank += 1
    return np.int64(value >> np.uint64(64 - PRECISION)), rank


@kernel
def slide_sketch(codes: Codes, tops: Codes, counts: Ints, about: Ints, sketch: int, slice_: int) -> None:
    """Forget what is out of the window when `slice_` is the slice of now."""
    passed = slice_ - about[sketch, NOW]
    if passed == 0:
        return
    about[sketch, NOW] = slice_
    code = slice_ % CODES + 1
    for register in range(REGISTERS):
        for rank in range(RANKS):
            seen = int(codes[sketch, register, rank])
            if seen != 0 and (passed >= SLICES or (code - seen + CODES) % CODES >= SLICES):
                codes[sketch, register, rank] = 0
    count_ranks(codes, tops, counts, about, sketch)


@entry
def count_all(codes: Codes, tops: Codes, counts: Ints, about: Ints) -> None:
    """Find what follows from the codes of all sketches."""
    for sketch in range(len(about)):
        count_ranks(codes, tops, counts, about, sketch)


@kernel
def count_ranks(codes: Codes, tops: Codes, counts: Ints, about: Ints, sketch: int) -> None:
    """Find the highest rank of each register, how many registers have each, and the estimate."""
    for rank in range(RANKS):
        counts[sketch, rank] = 0
    for register in range(REGISTERS):
        top = RANKS - 1
        while top > 0 and codes[sketch, register, top] == 0:
            top -= 1
        tops[sketch, register] = top
        counts[sketch, top] += 1
    about[sketch, ESTIMATE] = estimate(counts, sketch)


@kernel
def estimate(counts: Ints, sketch: int) -> int:
    """How many different hashes the registers stand for."""
    highest = 1.0 - counts[sketch, RANKS - 1] / REGISTERS
    total = REGISTERS * _tau(highest)
    for step in range(RANKS - 2):
        total = 0.5 * (total + counts[sketch, RANKS - 2 - step])
    total += REGISTERS * _sigma(counts[sketch, 0] / REGISTERS)
    return int(_ALPHA * REGISTERS * REGISTERS / total + 0.5)


@kernel
def _sigma(x: float) -> float:
    if x == 1.0:
        return math.inf
    power, total, before = 1.0, x, -1.0
    while total != before:
        x *= x
        before = total
        total += x * power
        power += power
    return total


@kernel
def _tau(x: float) -> float:
    if x == 0.0 or x == 1.0:
        return 0.0
    power, total, before = 1.0, 1.0 - x, -1.0
    while total != before:
        x = math.sqrt(x)
        before = total
        power *= 0.5
        total -= (1.0 - x) * (1.0 - x) * power
    return total / 3.0
