"""Turn contiguous frames into chunks by kernels; what these do not know takes the live decoder's way."""

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import pyarrow as pa

from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.assemble import assemble
from skywarden.ingest.columnar.frame_kernel import read_frames
from skywarden.ingest.columnar.layout import Bytes, Ints, Room, make_room
from skywarden.ingest.columnar.records_kernel import read_records, write_records
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.chunk import DecodeCounts
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.kernel.clock import Clock, SystemClock

_DIGEST_AT = 4


class ColumnarReader:
    """Reads frames that are in memory; rows and quarantine are those of the live decoder without a gate.

    `check_hashes` compares each record with its CID, as the live path does; leave it out only for frames that passed
    that check before. Signatures are not verified here. Not for two threads; the kernels release the GIL.
    """

    def __init__(self, source: str, *, check_hashes: bool = True, clock: Clock | None = None) -> None:
        self._source = source
        self._check_hashes = check_hashes
        self._slow = FirehoseDecoder(source, clock=clock or SystemClock())
        self._kernel_frames = self._kernel_rows = 0

    @property
    def counts(self) -> DecodeCounts:
        """What became of the frames so far."""
        slow = self._slow.counts
        return DecodeCounts(
            messages=slow.messages + self._kernel_frames,
            events=slow.events + self._kernel_rows,
            ignored=slow.ignored,
            quarantined=slow.quarantined,
        )

    def read(self, buf: Bytes, start_of: Ints, end_of: Ints) -> Iterator[SourceChunk]:
        """Yield the rows of frames buf[start_of[n]:end_of[n]], in order; chunks carry no cursor."""
        odd = np.empty(len(start_of), np.int64)
        first, total = 0, len(start_of)
        while first < total:
            room = make_room(total - first, int(end_of[-1] - start_of[first]))
            rows, odds, following = read_frames(buf, start_of, end_of, first, room.cells, odd)
            filled = Room(room.cells[:rows], room.items, room.json)
            write_records(buf, filled.cells, filled.json)
            read_records(buf, filled.cells, filled.items)
            yield self._chunk(buf, start_of, end_of, filled, odd[:odds], following - first)
            first = following

    def _chunk(self, buf: Bytes, start_of: Ints, end_of: Ints, room: Room, odd: Ints, total: int) -> SourceChunk:
        batch = assemble(buf, room, self._source)
        frames = room.cells[:, layout.FRAME]
        spoilt = frames[room.cells[:, layout.SPOILT] == 1]
        if self._check_hashes:
            spoilt = np.concatenate([spoilt, _false_records(buf, room.cells)])
        if len(spoilt):
            sound = ~np.isin(frames, spoilt)
            batch, frames = batch.filter(pa.array(sound)), frames[sound]
            odd = np.union1d(odd, spoilt)
        self._kernel_rows += batch.num_rows
        self._kernel_frames += total - len(odd)
        return self._with_odd(buf, start_of, end_of, batch, frames, odd) if len(odd) else SourceChunk(batch, None)

    def _with_odd(
        self, buf: Bytes, start_of: Ints, end_of: Ints, batch: pa.RecordBatch, frames: Ints, odd: Ints
    ) -> SourceChunk:
        """Decode odd frames the long way and put their rows where they belong."""
        made = np.zeros(len(odd), np.int64)
        for number, frame in enumerate(odd):
            start = int(start_of[frame])
            made[number] = self._slow.decode_now(buf[start : end_of[frame]].tobytes(), str(start))
        slow = self._slow.take()
        order = np.argsort(np.concatenate([frames, np.repeat(odd, made)]), kind="stable")
        rows = pa.concat_batches([batch, slow.rows]).take(pa.array(order))
        return SourceChunk(rows, None, slow.quarantine)


def _false_records(buf: Bytes, cells: Ints) -> Ints:
    """Numbers of the frames that hold a record which its CID does not name."""
    with_record = np.flatnonzero(cells[:, layout.BLOCK + 1] >= 0).tolist()
    raw = buf.tobytes()
    spans = cells[with_record][:, (layout.BLOCK, layout.BLOCK + 1, layout.CID)].tolist()
    false = [
        row
        for row, (start, length, cid) in zip(with_record, spans, strict=True)
        if sha256(raw[start : start + length]).digest() != raw[cid + _DIGEST_AT : cid + _DIGEST_AT + 32]
    ]
    return cells[false, layout.FRAME]
