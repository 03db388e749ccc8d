"""Make identifiers by the million: record keys that sort by time, content identifiers, at-uris; arrays in and out."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

_TID = np.frombuffer(b"234567abcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_BASE32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
_TID_CHARS, _DIGEST_CHARS = 13, 52
_CLOCK_BITS = 10


def tids(times_us: Ints, rng: np.random.Generator) -> pa.StringArray:
    """A record key for each time. Source: the TID of the AT Protocol, 53 bits of time and 10 of a clock's name."""
    values = (times_us << _CLOCK_BITS) | rng.integers(0, 1 << _CLOCK_BITS, len(times_us))
    shifts = 5 * np.arange(_TID_CHARS - 1, -1, -1)
    return _texts(_TID[(values[:, None] >> shifts) & 31])


def cids(count: int, rng: np.random.Generator) -> pa.StringArray:
    """Content identifiers of records, each different from all others."""
    letters = np.empty((count, 7 + _DIGEST_CHARS), np.uint8)
    letters[:, :7] = np.frombuffer(b"bafyrei", np.uint8)
    letters[:, 7:] = _BASE32[rng.integers(0, 32, (count, _DIGEST_CHARS), dtype=np.uint8)]
    return _texts(letters)


def uris(dids: pa.StringArray, collection: str, rkeys: pa.StringArray) -> pa.StringArray:
    """The name of each record."""
    return pc.binary_join_element_wise(pc.binary_join_element_wise("at://", dids, ""), collection, rkeys, "/")


def iso_times(times_us: Ints) -> pa.StringArray:
    """Each time as records write it, in milliseconds."""
    return pc.binary_join_element_wise(
        pc.strftime(pa.array(times_us // 1_000, pa.timestamp("ms")), format="%Y-%m-%dT%H:%M:%S"), "Z", ""
    )


def _texts(letters: npt.NDArray[np.uint8]) -> pa.StringArray:
    """Rows of letters as texts, all of one length."""
    count, size = letters.shape
    offsets = np.arange(0, (count + 1) * size, size, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters)))
