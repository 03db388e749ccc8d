"""Say which index in a folder is the current one, and change that in one step.

Crash: a new index is made in a folder of its own and is current from the moment `current.json` is replaced; what a
crash left half made is removed by the next rebuild. Two writers: one rebuild at a time, by a lock file.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.kernel.errors import Broken, Retryable

FORMAT = 1
"""Which fields an index has and how texts become tokens; another format is not read but made anew."""

_INDEX, _BUILDING = "index-", "building-"


class _Current(msgspec.Struct, frozen=True):
    format: int
    folder: str


@dataclass(frozen=True, slots=True)
class SearchFolder:
    """A folder with one current index, perhaps older ones, and perhaps one in the making."""

    root: Path

    def current(self) -> Path | None:
        """The current index; None when there is none in this format. Raises: Broken, for a damaged folder."""
        try:
            found = msgspec.json.decode(self._pointer.read_bytes(), type=_Current)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, OSError) as error:
            raise Broken(f"{self._pointer}: cannot be read: {error}; remove {self.root}, it is made anew") from error
        return self.root / found.folder if found.format == FORMAT else None

    def begin(self) -> Path:
        """Make an empty folder the current one, for an index that starts from nothing."""
        path = self.root / f"{_INDEX}{self._next_number()}"
        path.mkdir(parents=True)
        self._point_to(path)
        return path

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder to make an index in; it becomes the current one when the block ends well.

        Raises: Retryable, while another process is at it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "rebuild.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Retryable(f"{self.root}: another process is making a new index; wait for it") from error
            for left in self.root.glob(f"{_BUILDING}*"):
                shutil.rmtree(left)
            path = self.root / f"{_BUILDING}{os.getpid()}"
            path.mkdir()
            yield path
            finished = path.rename(self.root / f"{_INDEX}{self._next_number()}")
            self._point_to(finished)

    def sweep(self) -> None:
        """Remove indexes that were current before; whoever still reads one keeps its files until it closes them."""
        current = self.current()
        for path in self.root.glob(f"{_INDEX}*"):
            if current is not None and _number(path) < _number(current):
                shutil.rmtree(path, ignore_errors=True)

    @property
    def _pointer(self) -> Path:
        return self.root / "current.json"

    def _next_number(self) -> int:
        return max(map(_number, self.root.glob(f"{_INDEX}*")), default=0) + 1

    def _point_to(self, path: Path) -> None:
        made = self._pointer.with_suffix(".new")
        with made.open("wb") as file:
            file.write(msgspec.json.encode(_Current(FORMAT, path.name)))
            file.flush()
            os.fsync(file.fileno())
        made.replace(self._pointer)
        folder = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _number(path: Path) -> int:
    return int(path.name.removeprefix(_INDEX))
