"""Turn a record batch into checksummed, compressed bytes and back."""

import zlib

import pyarrow as pa
import zstandard

from skywarden.kernel.errors import Broken

_LEVEL = 3


def encode_rows(rows: pa.RecordBatch) -> bytes:
    """Pack rows as one zstd frame of an Arrow IPC stream, schema included."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_batch(rows)
    return zstandard.ZstdCompressor(level=_LEVEL).compress(sink.getvalue())


def checksum(payload: bytes) -> int:
    """CRC-32 of stored bytes; catches bit rot, not malice."""
    return zlib.crc32(payload)


def decode_rows(payload: bytes, crc: int, place: str) -> pa.RecordBatch:
    """Unpack what `encode_rows` made.

    Raises: Broken, when the checksum or the format is off: our own store is damaged.
    """
    found = checksum(payload)
    if found != crc:
        raise Broken(
            f"{place}: stored batch is damaged; expected CRC-32 {crc:08x}, found {found:08x}; "
            "restore the file from a backup"
        )
    try:
        raw = zstandard.ZstdDecompressor().decompress(payload)
        with pa.ipc.open_stream(pa.py_buffer(raw)) as reader:
            return reader.read_next_batch()
    except (zstandard.ZstdError, pa.ArrowInvalid, StopIteration) as error:
        raise Broken(f"{place}: stored batch cannot be read: {error}; restore the file from a backup") from error
