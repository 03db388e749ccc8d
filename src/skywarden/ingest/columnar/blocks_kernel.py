"""Find a record in the CAR of a commit's blocks, in compiled code."""

from skywarden.ingest.columnar.cbor_kernel import equal
from skywarden.ingest.columnar.layout import Bytes, byte
from skywarden.kernel.compiled import kernel

CID_BYTES = 36
MAX_RECORD_BYTES = 65_536
"""Larger records go the long way, where the limits of size and number are checked."""

_MAX_VARINT_BYTES = 4


@kernel
def _varint(buf: Bytes, at: int, end: int) -> tuple[int, int]:
    """Value, and where it ends; -1, -1 if it is longer than any block."""
    value = 0
    for width in range(_MAX_VARINT_BYTES):
        if at + width >= end:
            break
        part = byte(buf, at + width)
        value |= (part & 127) << (7 * width)
        if part < 128:
            return value, at + width + 1
    return -1, -1


@kernel
def find_record(buf: Bytes, at: int, end: int, cid: int) -> tuple[int, int]:
    """Start and end of the first block that claims this CID; -1, -1 where there is none or the CAR is not sound."""
    length, at = _varint(buf, at, end)
    if length < 0 or length > end - at:
        return -1, -1
    at += length
    while at < end:
        length, start = _varint(buf, at, end)
        if length < CID_BYTES or length > end - start:
            return -1, -1
        at = start + length
        if equal(buf, start, cid, CID_BYTES):
            return (start + CID_BYTES, at) if length <= MAX_RECORD_BYTES else (-1, -1)
    return -1, -1
