"""Turn a zstd stream into plain bytes, and one that breaks off into an error."""

import io
from typing import BinaryIO, Final

import zstandard

_READ_BYTES: Final = 256
"""Small, for four bytes can stand for 128 KB: what one read gives stays under 8 MB."""


class ZstdReader(io.RawIOBase):
    """Reads all frames of a zstd file. (`stream_reader` of zstandard 0.25 takes a file cut in two for a whole one.)

    Memory: what one read of the file gives, and the window that the frame asks for (zstandard allows 128 MB).
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._plain = memoryview(b"")
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer. Raises: EOFError at the end of a file whose last frame is not complete."""
        room = memoryview(buffer)  # type: ignore[arg-type]  # io hands in a writable buffer; typeshed has no name for it here
        while not self._plain:
            packed = self._frame.unused_data if self._frame.eof else b""
            packed = packed or self._file.read(_READ_BYTES)
            if not packed:
                if self._begun and not self._frame.eof:
                    raise EOFError("the last zstd frame is cut off")
                return 0
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._begun = True
            self._plain = memoryview(self._frame.decompress(packed))
        count = min(len(room), len(self._plain))
        room[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count
