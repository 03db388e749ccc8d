"""Turn the list of all segments into one checksummed file and back.

Crash: the file is replaced in one step; it names every segment that is there, and how far each source was read.
"""

import hashlib
import os
from pathlib import Path

import msgspec

from skywarden.kernel.errors import Broken

FORMAT = 1
NAME = "manifest"
_DIGEST_CHARS = 64


class Segment(msgspec.Struct, frozen=True):
    """One file of one table, day and part. `first` and `last` are the least and the greatest key in it."""

    path: str
    table: str
    day: str
    part: str
    rows: int
    bytes: int
    sha256: str
    first: int
    last: int
    first_us: int
    last_us: int
    fields: str


class Dropped(msgspec.Struct, frozen=True):
    """A file that is no longer part of the warehouse since a version; readers of before may still be at it."""

    path: str
    since_us: int
    version: int


class Manifest(msgspec.Struct, frozen=True):
    """What the warehouse consists of. `cursors` say by table up to which key, exclusive, its source was read."""

    version: int = 0
    segments: tuple[Segment, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    cursors: dict[str, int] = {}
    format: int = FORMAT

    def of(self, table: str) -> list[Segment]:
        """The segments of a table, by day, part and key."""
        found = [segment for segment in self.segments if segment.table == table]
        return sorted(found, key=lambda segment: (segment.day, segment.part, segment.first, segment.path))

    def cursor(self, table: str) -> int:
        """Keys below this were read from the table's source."""
        return self.cursors.get(table, 0)


def read_manifest(folder: Path) -> Manifest:
    """The present manifest; an empty one where there is none yet. Raises: Broken, when a byte is not as written."""
    path = folder / NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Manifest()
    digest, body = data[:_DIGEST_CHARS], data[_DIGEST_CHARS + 1 :]
    if data[_DIGEST_CHARS : _DIGEST_CHARS + 1] != b"\n" or hashlib.sha256(body).hexdigest().encode() != digest:
        raise Broken(f"{path}: checksum is wrong; restore the warehouse from a backup or compact it anew from the log")
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except msgspec.DecodeError as error:
        raise Broken(f"{path}: {error}; restore the warehouse from a backup") from error
    if manifest.format != FORMAT:
        raise Broken(f"{path}: expected format {FORMAT}, found {manifest.format}; use the version that wrote it")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest durably."""
    body = msgspec.json.encode(manifest)
    write_durably(folder / NAME, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def write_durably(path: Path, data: bytes) -> None:
    """Have a file appear under its name whole and durable, or not at all."""
    draft = path.with_name(path.name + ".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def make_folder(root: Path, name: str) -> Path:
    """Make a folder below `root` durably, with those above it."""
    folder = root / name
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        above = folder
        while above != root:
            above = above.parent
            _sync(above)
    return folder


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
