"""Turn the engine's state into checked bytes and back; keep a few in a folder, written whole or not at all."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset

_MAGIC = b"SKYWARDEN-ENGINE-2\n"
_DIGEST_BYTES = 32
_NAME = re.compile(r"engine-(\d{20})\.snapshot\Z")
KEEP = 3
"""Snapshots kept: a torn or rotten one falls back to the one before."""


class EngineState(msgspec.Struct, frozen=True):
    """Everything that the engine remembers; windows by their node's digest. `hashes` names what keys are hashed by."""

    position: int
    hashes: str
    clock_us: int
    disabled: dict[str, str]
    windows: dict[str, bytes]


def encode_state(state: EngineState) -> bytes:
    """Shape: magic line, SHA-256 of the rest, MessagePack."""
    body = msgspec.msgpack.encode(state)
    return _MAGIC + hashlib.sha256(body).digest() + body


def decode_state(data: bytes) -> EngineState:
    """Read a snapshot. Raises: Broken when one byte is not as it was written."""
    head = len(_MAGIC)
    if not data.startswith(_MAGIC):
        raise Broken("engine snapshot: not one of ours or of another version; remove it to replay the log")
    body = data[head + _DIGEST_BYTES :]
    if hashlib.sha256(body).digest() != data[head : head + _DIGEST_BYTES]:
        raise Broken("engine snapshot: checksum is wrong; remove it to replay the log")
    try:
        return msgspec.msgpack.decode(body, type=EngineState)
    except msgspec.DecodeError as error:
        raise Broken(f"engine snapshot: {error}; remove it to replay the log") from error


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A snapshot on disk and the offset that its name says."""

    position: Offset
    path: Path


class SnapshotFolder:
    """The snapshots of one engine, in one folder.

    Crash: a snapshot appears under its name only when it is whole and durable.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def newest_first(self) -> list[SnapshotFile]:
        """Every snapshot, by its position, largest first."""
        found = []
        for path in self._folder.iterdir():
            match = _NAME.match(path.name)
            if match:
                found.append(SnapshotFile(Offset(int(match.group(1))), path))
        return sorted(found, key=lambda file: -file.position)

    def write(self, position: Offset, data: bytes) -> None:
        """Store a snapshot durably and drop the oldest beyond `KEEP`."""
        path = self._folder / f"engine-{position:020}.snapshot"
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        self._sync_folder()
        for old in self.newest_first()[KEEP:]:
            old.path.unlink(missing_ok=True)

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
