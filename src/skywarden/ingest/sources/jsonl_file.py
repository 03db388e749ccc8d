"""Turn a file of Jetstream JSON lines (plain, gzip or zstd) into chunks."""

import gzip
import io
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import zstandard

from skywarden.ingest.contract import MAX_CHUNK_MESSAGES, SourceChunk
from skywarden.ingest.decode.chunk import CountingDecoder, DecodeCounts
from skywarden.ingest.decode.jetstream import MAX_MESSAGE_BYTES
from skywarden.ingest.sources.file_size import size_of
from skywarden.ingest.sources.zstd_file import ZstdReader
from skywarden.kernel.errors import Rejected

_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_MAX_CHUNK_BYTES: Final = 16 * 1024 * 1024
_BUFFER_BYTES: Final = 1 << 20


class JsonlFile:
    """One event a line; the cursor is the number of lines that were decoded.

    Memory: one chunk of lines. Of a line too long to be an event the first part is quarantined and the rest skipped.
    Raises: Rejected, when the file cannot be opened or its compression breaks off.
    """

    def __init__(self, path: Path, decoder: CountingDecoder, *, name: str) -> None:
        self._path = path
        self._decoder = decoder
        self._name = name
        self._lines = 0
        self._raw: io.BufferedReader | None = None
        self.size_bytes = size_of(path)

    @property
    def name(self) -> str:
        return self._name

    @property
    def counts(self) -> DecodeCounts:
        """What became of the messages so far."""
        return self._decoder.counts

    @property
    def bytes_read(self) -> int:
        """How far the file, as it is on disk, has been read; all of it before and after."""
        return self.size_bytes if self._raw is None or self._raw.closed else self._raw.tell()

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        """Yield the lines after `cursor`."""
        skipped = _line_number(cursor)
        with self._opened() as file:
            self._lines = 0
            while self._lines < skipped and self._line(file) is not None:
                pass
            while self._fill(file):
                await self._decoder.settle()
                yield replace(self._decoder.take(), cursor=str(self._lines))

    def _fill(self, file: io.BufferedIOBase) -> bool:
        """Add lines up to a chunk's worth; False at the end of the file."""
        start, size = self._lines, 0
        while self._decoder.pending() < MAX_CHUNK_MESSAGES and size < _MAX_CHUNK_BYTES:
            line = self._line(file)
            if line is None:
                break
            size += len(line)
            if line.strip():
                self._decoder.add(line.rstrip(b"\r\n"), f"line {self._lines}")
        return self._lines > start

    def _line(self, file: io.BufferedIOBase) -> bytes | None:
        """Read one line, at most one byte more than an event can have; None at the end."""
        try:
            line = file.readline(MAX_MESSAGE_BYTES + 1)
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(_BUFFER_BYTES)
        except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
            place = f"{self._path}, after line {self._lines}"
            raise Rejected("file-damaged", place=place, expected="readable compression", found=str(error)) from error
        self._lines += bool(line)
        return line or None

    @contextmanager
    def _opened(self) -> Iterator[io.BufferedIOBase]:
        with self._path.open("rb") as self._raw:
            magic = self._raw.peek(4)
            if magic.startswith(_GZIP_MAGIC):
                with gzip.GzipFile(fileobj=self._raw) as unzipped:
                    yield unzipped
            elif magic.startswith(_ZSTD_MAGIC):
                with io.BufferedReader(ZstdReader(self._raw), _BUFFER_BYTES) as buffered:
                    yield buffered
            else:
                yield self._raw


def _line_number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise Rejected("cursor-form", expected="a number of lines", found=cursor)
    return int(cursor)
