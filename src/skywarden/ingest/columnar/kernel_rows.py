"""Run the kernels over a stretch of frames: rows of the usual ones, numbers of the others."""

from hashlib import sha256
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.assemble import assemble
from skywarden.ingest.columnar.frame_kernel import read_frames
from skywarden.ingest.columnar.layout import Bytes, Ints, Room, make_room
from skywarden.ingest.columnar.records_kernel import read_records, write_records

_DIGEST_AT, _DIGEST_BYTES = 4, 32


class KernelRows(NamedTuple):
    """`rows` and `cells` are parallel; `odd` are the frames that have to go the long way, ascending."""

    rows: pa.RecordBatch
    cells: Ints
    odd: Ints
    following: int
    """Frame after the last one that was read."""

    @property
    def frames(self) -> Ints:
        """Number of the frame that each row came from."""
        return self.cells[:, layout.FRAME]


def read_kernel_rows(
    buf: Bytes, start_of: Ints, end_of: Ints, first: int, source: str, *, check_hashes: bool
) -> KernelRows:
    """Read frames buf[start_of[n]:end_of[n]] from number `first` as far as the room goes."""
    odd = np.empty(len(start_of), np.int64)
    room = make_room(len(start_of) - first, int(end_of[-1] - start_of[first]))
    count, odds, following = read_frames(buf, start_of, end_of, first, room.cells, odd)
    filled = Room(room.cells[:count], room.items, room.json)
    write_records(buf, filled.cells, filled.json)
    read_records(buf, filled.cells, filled.items)
    made = KernelRows(assemble(buf, filled, source), filled.cells, odd[:odds], following)
    spoilt = made.frames[filled.cells[:, layout.SPOILT] == 1]
    if check_hashes:
        spoilt = np.concatenate([spoilt, _false_records(buf, filled.cells)])
    return made if len(spoilt) == 0 else without_frames(made, spoilt, odd=np.union1d(made.odd, spoilt))


def without_frames(made: KernelRows, frames: Ints, *, odd: Ints) -> KernelRows:
    """Take the rows of some frames out again."""
    kept = ~np.isin(made.frames, frames)
    return made._replace(rows=made.rows.filter(pa.array(kept)), cells=made.cells[kept], odd=odd)


def _false_records(buf: Bytes, cells: Ints) -> Ints:
    """Numbers of the frames that hold a record which its CID does not name."""
    with_record = np.flatnonzero(cells[:, layout.BLOCK + 1] >= 0).tolist()
    raw = buf.tobytes()
    spans = cells[with_record][:, (layout.BLOCK, layout.BLOCK + 1, layout.CID)].tolist()
    false = [
        row
        for row, (start, length, cid) in zip(with_record, spans, strict=True)
        if sha256(raw[start : start + length]).digest() != raw[cid + _DIGEST_AT : cid + _DIGEST_AT + _DIGEST_BYTES]
    ]
    return cells[false, layout.FRAME]
