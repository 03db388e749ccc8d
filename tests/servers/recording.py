"""Read recorded frames with a foreign decoder and say what a platform must make of them.

Shares no code with the platform: libipld reads CBOR and CAR here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libipld

from servers.frame_relay import StreamMessage

PDS_RECORDING = Path(__file__).parent.parent / "data" / "pds_recorded.frames"


@dataclass(frozen=True, slots=True)
class ExpectedEvent:
    """One row that must be in the log, by what identifies it; `path` is collection/rkey of an operation."""

    seq: int
    kind: str
    did: str
    action: str = ""
    path: str = ""


def read_frames(path: Path) -> list[bytes]:
    """Frames of a file of u32 little-endian lengths, each followed by its frame."""
    data = path.read_bytes()
    frames = []
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        frames.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return frames


def read_body(frame: bytes) -> tuple[str, dict[str, Any]]:
    """Type ("#commit") and body of a well-formed frame."""
    header, body = libipld.decode_dag_cbor_multi(frame)
    return str(header["t"]), body


def build_frame(kind: str, body: dict[str, Any]) -> bytes:
    """A well-formed frame."""
    return bytes(libipld.encode_dag_cbor({"op": 1, "t": kind}) + libipld.encode_dag_cbor(body))


def stream_of(frames: list[bytes]) -> list[StreamMessage]:
    """Frames with their own seq as the cursor."""
    return [StreamMessage(cursor=int(read_body(frame)[1]["seq"]), data=frame) for frame in frames]


def expected_events(frames: list[bytes]) -> list[ExpectedEvent]:
    """One event an operation, identity, account and sync message, in stream order."""
    return [event for frame in frames for event in _events_of(frame)]


def _events_of(frame: bytes) -> Iterator[ExpectedEvent]:
    kind, body = read_body(frame)
    if kind != "#commit":
        yield ExpectedEvent(body["seq"], kind.removeprefix("#"), body["did"])
        return
    for op in body["ops"]:
        yield ExpectedEvent(body["seq"], "commit", body["repo"], op["action"], op["path"])


def created_records(frames: list[bytes], collection: str) -> dict[str, dict[str, Any]]:
    """at-uri -> record of everything created in `collection`."""
    found: dict[str, dict[str, Any]] = {}
    for frame in frames:
        kind, body = read_body(frame)
        if kind != "#commit":
            continue
        _, blocks = libipld.decode_car(body["blocks"])
        for op in body["ops"]:
            if op["action"] == "create" and op["path"].startswith(f"{collection}/"):
                found[f"at://{body['repo']}/{op['path']}"] = blocks[op["cid"]]
    return found
