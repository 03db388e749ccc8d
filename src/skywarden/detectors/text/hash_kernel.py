"""Hash texts and numbers with a key that others need not know, in compiled code.

Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012; one round a word and three at the end, as Rust's
and Python's own dictionaries have it.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import load_tail, load_word, offset
from skywarden.kernel.compiled import entry, kernel

Hashes = npt.NDArray[np.uint64]

_V0: Final = np.uint64(0x736F6D6570736575)
_V1: Final = np.uint64(0x646F72616E646F6D)
_V2: Final = np.uint64(0x6C7967656E657261)
_V3: Final = np.uint64(0x7465646279746573)
_END: Final = np.uint64(0xFF)


@kernel
def _turn(value: np.uint64, bits: int) -> np.uint64:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@kernel
def _round(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    v0 += v1
    v1 = _turn(v1, 13) ^ v0
    v0 = _turn(v0, 32)
    v2 += v3
    v3 = _turn(v3, 16) ^ v2
    v0 += v3
    v3 = _turn(v3, 21) ^ v0
    v2 += v1
    v1 = _turn(v1, 17) ^ v2
    v2 = _turn(v2, 32)
    return v0, v1, v2, v3


@kernel
def _absorb(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64, word: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ word)
    return v0 ^ word, v1, v2, v3


@kernel
def _finish(v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64, last: np.uint64) -> np.uint64:
    v0, v1, v2, v3 = _absorb(v0, v1, v2, v3, last)
    v2 ^= _END
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@kernel
def sip_hash(data: Bytes, start: int, end: int, key0: np.uint64, key1: np.uint64) -> np.uint64:
    """SipHash-1-3 of data[start:end]."""
    v0, v1, v2, v3 = _V0 ^ key0, _V1 ^ key1, _V2 ^ key0, _V3 ^ key1
    at = start
    while at + 8 <= end:
        v0, v1, v2, v3 = _absorb(v0, v1, v2, v3, load_word(data, at))
        at += 8
    last = load_tail(data, at, end - at) | (np.uint64(end - start) << np.uint64(56))
    return _finish(v0, v1, v2, v3, last)


@entry
def hash_spans(data: Bytes, offsets: Offsets, key0: np.uint64, key1: np.uint64, out: Hashes) -> None:
    """Hash each text. Shapes: n + 1 offsets, n out."""
    for row in range(len(out)):
        out[row] = sip_hash(data, offset(offsets, row), offset(offsets, row + 1), key0, key1)


@entry
def hash_numbers(values: npt.NDArray[np.int64], key0: np.uint64, key1: np.uint64, out: Hashes) -> None:
    """Hash each number as its eight bytes; different numbers may share a hash, as texts may."""
    for row in range(len(out)):
        v0, v1, v2, v3 = _absorb(_V0 ^ key0, _V1 ^ key1, _V2 ^ key0, _V3 ^ key1, np.uint64(values[row]))
        out[row] = _finish(v0, v1, v2, v3, np.uint64(8) << np.uint64(56))


@entry
def join_hashes(left: Hashes, right: Hashes, key0: np.uint64, key1: np.uint64, out: Hashes) -> None:
    """Hash two hashes as sixteen bytes."""
    for row in range(len(out)):
        v0, v1, v2, v3 = _absorb(_V0 ^ key0, _V1 ^ key1, _V2 ^ key0, _V3 ^ key1, left[row])
        v0, v1, v2, v3 = _absorb(v0, v1, v2, v3, right[row])
        out[row] = _finish(v0, v1, v2, v3, np.uint64(16) << np.uint64(56))
