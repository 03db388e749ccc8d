"""Read a recording of frames: u32 little-endian length and frame, repeated."""

import struct
from pathlib import Path

from skywarden.kernel.errors import Rejected


def read_recording(path: Path) -> list[bytes]:
    """Read a recording: u32 little-endian length and frame, repeated. Raises: Rejected, unless all frames are whole."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Rejected("file-unreadable", place=str(path), found=error.strerror or str(error)) from error
    frames, at = [], 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        frames.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(data) or not frames:
        raise Rejected("recording-length", place=str(path), expected="whole frames", found=f"an end at byte {at}")
    return frames
