"""Turn frames into chunks by kernels; what these do not know takes the firehose decoder's way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skywarden.ingest.columnar.kernel_rows import KernelRows, read_kernel_rows, without_frames
from skywarden.ingest.columnar.layout import Bytes, Ints
from skywarden.ingest.columnar.steps import first_rows, step_of
from skywarden.ingest.contract import ROW_SCHEMA, CommitGate, SourceChunk
from skywarden.ingest.decode.chunk import DecodeCounts
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames in one buffer: number n is buf[start_of[n]:end_of[n]], at `positions[n]` of the source."""

    buf: Bytes
    start_of: Ints
    end_of: Ints
    positions: Sequence[str] | None = None
    """None: the start is the position."""

    def __len__(self) -> int:
        return len(self.start_of)

    def data(self, frame: int) -> bytes:
        return self.buf[self.start_of[frame] : self.end_of[frame]].tobytes()

    def position(self, frame: int) -> str:
        return str(self.start_of[frame]) if self.positions is None else self.positions[frame]


class ColumnarReader:
    """Reads frames that are in memory; rows, quarantine and counts are those of `FirehoseDecoder`.

    `check_hashes` compares each record with its CID, as that does; leave it out only for frames that passed the check
    before. Signatures are not verified here. Not for two threads; the kernels release the GIL.
    """

    def __init__(
        self, source: str, *, check_hashes: bool = True, gate: CommitGate | None = None, clock: Clock | None = None
    ) -> None:
        self._source = source
        self._check_hashes = check_hashes
        self._slow = FirehoseDecoder(source, gate=gate, clock=clock)

    @property
    def counts(self) -> DecodeCounts:
        """What became of the frames so far."""
        return self._slow.counts

    def read(self, frames: Frames) -> Iterator[SourceChunk]:
        """Yield the rows of all frames, in order; chunks carry no cursor."""
        first = 0
        while first < len(frames):
            made = read_kernel_rows(
                frames.buf, frames.start_of, frames.end_of, first, self._source, check_hashes=self._check_hashes
            )
            if self._slow.chunk.gated:
                made, odd_rows = self._pass_gate(frames, made)
            else:
                odd_rows = self._decode_odd(frames, made)
            self.counts.messages += made.following - first - len(made.odd)
            self.counts.events += made.rows.num_rows
            yield self._merge(made, odd_rows)
            first = made.following

    def _decode_odd(self, frames: Frames, made: KernelRows) -> Ints:
        """Decode the odd frames; how many rows each made."""
        rows = [self._slow.decode_now(frames.data(frame), frames.position(frame)) for frame in made.odd.tolist()]
        return np.array(rows, np.int64)

    def _pass_gate(self, frames: Frames, made: KernelRows) -> tuple[KernelRows, Ints]:
        """Ask the gate about each frame in order, decoding the odd ones on the way; drop what it does not let pass."""
        raw, chunk = frames.buf.tobytes(), self._slow.chunk
        odd_rows: dict[int, int] = dict.fromkeys(made.odd.tolist(), 0)
        row_of = first_rows(made.frames)
        dropped: list[int] = []
        for frame in sorted([*odd_rows, *row_of]):
            data = frames.data(frame)
            if frame in odd_rows:
                odd_rows[frame] = self._slow.decode_now(data, frames.position(frame))
                continue
            step = step_of(raw, made.cells[row_of[frame]], data)
            try:
                if not chunk.admits(step):
                    dropped.append(frame)
            except Rejected as error:
                chunk.reject(data, step.position, error)
                dropped.append(frame)
        if dropped:
            made = without_frames(made, np.array(dropped), odd=made.odd)
        return made, np.array(list(odd_rows.values()), np.int64)

    def _merge(self, made: KernelRows, odd_rows: Ints) -> SourceChunk:
        """Put the rows of odd frames where they belong."""
        slow = self._slow.take()
        if slow.rows.num_rows == 0:
            return SourceChunk(made.rows, None, slow.quarantine)
        order = np.argsort(np.concatenate([made.frames, np.repeat(made.odd, odd_rows)]), kind="stable")
        return SourceChunk(pa.concat_batches([made.rows, slow.rows]).take(pa.array(order)), None, slow.quarantine)


class ColumnarDecoder:
    """A decoder that takes frames one by one and decodes all that wait by kernels, when they are taken.

    Retry: as `FirehoseDecoder`, whose place it takes where signatures are not verified. Not for two threads.
    """

    def __init__(self, source: str, *, gate: CommitGate | None = None, clock: Clock | None = None) -> None:
        self._reader = ColumnarReader(source, gate=gate, clock=clock)
        self._frames: list[bytes] = []
        self._positions: list[str] = []

    @property
    def counts(self) -> DecodeCounts:
        """What became of the frames taken so far."""
        return self._reader.counts

    def add(self, data: bytes, position: str) -> None:
        """Take one frame; it is decoded by `take`."""
        self._frames.append(data)
        self._positions.append(position)

    def pending(self) -> int:
        """Frames added since the last `take`."""
        return len(self._frames)

    async def settle(self) -> None:
        """Do nothing: no frame needs anything from elsewhere."""

    def take(self) -> SourceChunk:
        """Decode all pending frames, in order."""
        frames, positions = self._frames, self._positions
        self._frames, self._positions = [], []
        ends = np.cumsum(np.fromiter(map(len, frames), np.int64, len(frames)))
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]]) if frames else ends
        buf = np.frombuffer(b"".join(frames), np.uint8)
        chunks = list(self._reader.read(Frames(buf, starts, ends, positions)))
        if not chunks:
            return SourceChunk(pa.RecordBatch.from_pylist([], schema=ROW_SCHEMA), None)
        rows = chunks[0].rows if len(chunks) == 1 else pa.concat_batches([chunk.rows for chunk in chunks])
        return SourceChunk(rows, positions[-1], tuple(entry for chunk in chunks for entry in chunk.quarantine))
