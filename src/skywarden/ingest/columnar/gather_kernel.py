"""Copy spans into Arrow's layout (offsets, data, validity), in compiled code."""

import numpy as np

from skywarden.ingest.columnar.json_kernel import CID_CHARS, put_cid
from skywarden.ingest.columnar.layout import Bytes, Ints, Offsets, byte, entry


@entry
def split_recording(buf: Bytes, start_of: Ints, end_of: Ints) -> tuple[int, int]:
    """Find the frames of a recording (u32 length and frame, repeated): how many fit and are whole, where they end."""
    frames = at = 0
    while frames < len(start_of) and at + 4 <= len(buf):
        length = 0
        for offset in range(4):
            length |= byte(buf, at + offset) << (8 * offset)
        if length > len(buf) - at - 4:
            break
        start_of[frames] = at + 4
        end_of[frames] = at + 4 + length
        at += 4 + length
        frames += 1
    return frames, at


@entry
def offsets_of(lengths: Ints, offsets: Offsets, validity: Bytes) -> int:
    """Fill offsets (one more than lengths) and the zeroed validity bitmap; how many are null. Nulls have length -1."""
    nulls = total = 0
    offsets[0] = 0
    for row in range(len(lengths)):
        if lengths[row] < 0:
            nulls += 1
        else:
            total += lengths[row]
            validity[row >> 3] |= np.uint8(1 << (row & 7))
        offsets[row + 1] = total
    return nulls


@entry
def copy_spans(buf: Bytes, starts: Ints, lengths: Ints, data: Bytes) -> None:
    """Write all spans one after the other."""
    to = 0
    for row in range(len(starts)):
        start = starts[row]
        for offset in range(lengths[row]):
            data[to + offset] = buf[start + offset]
        to += max(lengths[row], 0)


@entry
def copy_cids(buf: Bytes, starts: Ints, data: Bytes) -> None:
    """Write all CIDs as text one after the other; a start of -1 is a null."""
    to = 0
    for start in starts:
        if start >= 0:
            put_cid(buf, start, data, to)
            to += CID_CHARS
