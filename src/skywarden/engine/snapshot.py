"""Turn the engine's state into checked bytes and back; keep a few in a folder, written whole or not at all."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset

_MAGIC = b"SKYWARDEN-ENGINE-2\n"
_DIGEST_BYTES = 32
_NAME = re.compile(r"engine-(\d{20})(?:-day(\d+))?\.snapshot\Z")
_DAY_US = 86_400_000_000
SHADOW = "shadow"
"""The folder within that holds the snapshots of rules in shadow."""

KEEP = 3
"""Newest snapshots kept: a torn or rotten one falls back to the one before."""


class EngineState(msgspec.Struct, frozen=True):
    """Everything that the engine remembers; windows by their node's digest. `hashes` names what keys are hashed by.

    `born` says at which offset each window began without memory: who replays what it saw begins there too.
    """

    position: int
    hashes: str
    clock_us: int
    disabled: dict[str, str]
    windows: dict[str, bytes]
    born: dict[str, int] = msgspec.field(default_factory=dict)


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
    """A snapshot on disk and the offset that its name says; `day` is of event time, of one that is kept for replay."""

    position: Offset
    path: Path
    day: int | None = None


class SnapshotFolder:
    """The snapshots of one engine, in one folder: the newest for a restart, and some of each day for replay.

    Those of a day are second names of the same file, kept for `keep_days` of event time.
    Crash: a snapshot appears under its name only when it is whole and durable.
    """

    def __init__(self, folder: Path, keep_days: int = 0) -> None:
        self._folder = folder
        self._keep_days = keep_days
        folder.mkdir(parents=True, exist_ok=True)

    def newest_first(self) -> list[SnapshotFile]:
        """Every snapshot once, by its position, largest first."""
        found: dict[Offset, SnapshotFile] = {}
        for file in self._files():
            if file.day is None or file.position not in found:
                found[file.position] = file
        return sorted(found.values(), key=lambda file: -file.position)

    def everywhere(self) -> list[SnapshotFile]:
        """These and those of the rules in shadow, in the folder within, by position, largest first."""
        within = self._folder / SHADOW
        others = SnapshotFolder(within).newest_first() if within.is_dir() else []
        return sorted([*self.newest_first(), *others], key=lambda file: -file.position)

    def write(self, position: Offset, data: bytes, *, clock_us: int = 0, turn: bool = False) -> None:
        """Store a snapshot durably and drop the oldest beyond `KEEP`, but for those of each day.

        Of a day of event time (`clock_us`) the first is kept, and each at a `turn`, when other rules took over.
        """
        path = self._folder / f"engine-{position:020}.snapshot"
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        self._keep(path, position, clock_us // _DAY_US, turn)
        self._sync_folder()
        recent = sorted((file for file in self._files() if file.day is None), key=lambda file: -file.position)
        for old in recent[KEEP:]:
            old.path.unlink(missing_ok=True)

    def _keep(self, path: Path, position: Offset, day: int, turn: bool) -> None:
        kept = [(file, file.day) for file in self._files() if file.day is not None]
        if self._keep_days and (turn or all(of != day for _, of in kept)):
            second = self._folder / f"engine-{position:020}-day{day}.snapshot"
            second.unlink(missing_ok=True)
            os.link(path, second)
        for file, of in kept:
            if of <= day - self._keep_days:
                file.path.unlink(missing_ok=True)

    def _files(self) -> Iterator[SnapshotFile]:
        for path in list(self._folder.iterdir()):
            match = _NAME.match(path.name)
            if match:
                day = match.group(2)
                yield SnapshotFile(Offset(int(match.group(1))), path, None if day is None else int(day))

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
