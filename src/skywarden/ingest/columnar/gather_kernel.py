"""Copy spans into Arrow's layout (offsets, data, validity), in compiled code."""

import numpy as np

from skywarden.ingest.columnar.json_kernel import CID_CHARS, put_cid
from skywarden.ingest.columnar.layout import Bytes, Ints, Offsets, byte
from skywarden.kernel.compiled import entry, kernel


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
def measure(cells: Ints, length_cells: Ints, offsets: Offsets, validity: Bytes, nulls: Ints) -> None:
    """Fill offsets, validity bitmaps and null counts of several columns; a length below 0 is a null.

    Shapes: (columns, rows + 1), (columns, rows / 8 rounded up) of zeros, (columns,) of zeros.
    """
    offsets[:, 0] = 0
    for row in range(len(cells)):
        for column in range(len(length_cells)):
            length = cells[row, length_cells[column]]
            if length < 0:
                nulls[column] += 1
                length = 0
            else:
                validity[column, row >> 3] |= np.uint8(1 << (row & 7))
            offsets[column, row + 1] = offsets[column, row] + length


@entry
def copy_columns(buf: Bytes, cells: Ints, start_cells: Ints, offsets: Offsets, bases: Ints, data: Bytes) -> None:
    """Write the spans of several columns, those of column n from data[bases[n]] on."""
    for row in range(len(cells)):
        for column in range(len(start_cells)):
            length = offsets[column, row + 1] - offsets[column, row]
            if length > 0:
                _copy(buf, cells[row, start_cells[column]], length, data, bases[column] + offsets[column, row])


@entry
def copy_spans(buf: Bytes, starts: Ints, lengths: Ints, data: Bytes) -> None:
    """Write all spans one after the other."""
    to = 0
    for row in range(len(starts)):
        _copy(buf, starts[row], lengths[row], data, to)
        to += lengths[row]


@kernel
def _copy(buf: Bytes, start: int, length: int, data: Bytes, to: int) -> None:
    # Unsigned: numba counts a negative index from the end, and that test would keep the loop from being wide.
    first, target = np.uint64(start), np.uint64(to)
    for offset in range(np.uint64(length)):
        data[target + offset] = buf[first + offset]


@entry
def copy_cids(buf: Bytes, starts: Ints, data: Bytes) -> None:
    """Write all CIDs as text one after the other; a start of -1 is a null."""
    to = 0
    for start in starts:
        if start >= 0:
            put_cid(buf, start, data, to)
            to += CID_CHARS
