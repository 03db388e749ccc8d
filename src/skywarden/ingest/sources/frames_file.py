"""Turn a recording of frames (u32 little-endian length and frame, repeated) into chunks."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from skywarden.atproto.frames import MAX_FRAME_BYTES
from skywarden.ingest.contract import MAX_CHUNK_MESSAGES, SourceChunk
from skywarden.ingest.decode.chunk import CountingDecoder, DecodeCounts
from skywarden.ingest.sources.file_size import size_of
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.log.contract import QuarantineEntry

_LENGTH_BYTES: Final = 4
_MAX_CHUNK_BYTES: Final = 16 * 1024 * 1024
_KEPT_BYTES: Final = 65_536
"""How much is kept of a stretch that is no frame."""


class FramesFile:
    """A recording of one relay or PDS; the cursor is the byte after the last frame that was decoded.

    Memory: one chunk of frames. A length that cannot be true ends the reading, for nothing after it can be trusted;
    what is there goes to the quarantine.
    """

    def __init__(self, path: Path, decoder: CountingDecoder, *, name: str, clock: Clock) -> None:
        self._path = path
        self._decoder = decoder
        self._name = name
        self._clock = clock
        self.size_bytes = size_of(path)
        self._damage: QuarantineEntry | None = None
        self.bytes_read = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def counts(self) -> DecodeCounts:
        """What became of the messages so far."""
        return self._decoder.counts

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        """Yield the frames after `cursor`."""
        with self._path.open("rb") as file:
            file.seek(_offset(cursor, self.size_bytes))
            while self._fill(file):
                await self._decoder.settle()
                chunk = self._decoder.take()
                self.bytes_read = file.tell()
                quarantine = chunk.quarantine if self._damage is None else (*chunk.quarantine, self._damage)
                yield replace(chunk, cursor=str(self.bytes_read), quarantine=quarantine)
                if self._damage is not None:
                    return

    def _fill(self, file: BinaryIO) -> bool:
        """Add frames up to a chunk's worth; False at the end of the file."""
        start = at = file.tell()
        while self._decoder.pending() < MAX_CHUNK_MESSAGES and at - start < _MAX_CHUNK_BYTES:
            prefix = file.read(_LENGTH_BYTES)
            if not prefix:
                break
            length = int.from_bytes(prefix, "little")
            frame = file.read(min(length, MAX_FRAME_BYTES + 1))
            if len(prefix) < _LENGTH_BYTES or len(frame) < length:
                self._damage = self._damaged(prefix, frame, at, length)
                return True
            self._decoder.add(frame, str(at))
            at += _LENGTH_BYTES + length
        return at > start

    def _damaged(self, prefix: bytes, frame: bytes, at: int, length: int) -> QuarantineEntry:
        left = self.size_bytes - at - len(prefix)
        expected = f"at most {min(left, MAX_FRAME_BYTES)} bytes"
        error = Rejected("recording-length", place=f"byte {at}", expected=expected, found=f"a length of {length}")
        data = (prefix + frame)[:_KEPT_BYTES]
        return QuarantineEntry(self._name, str(at), error.reason, str(error), data, self._clock.now_us())


def _offset(cursor: str | None, size: int) -> int:
    offset = 0 if cursor is None else int(cursor) if cursor.isdecimal() else -1
    if not 0 <= offset <= size:
        raise Rejected("cursor-form", expected=f"a byte of the file, 0 to {size}", found=str(cursor))
    return offset
