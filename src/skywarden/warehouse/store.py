"""Keep the files of the warehouse: what is staged becomes part of it in one step, and what is dropped goes later.

Retry: a commit that raised left the old state. Crash: between any two steps the manifest says the old or the new
state; files that it does not name are removed by the next writer. Two writers: the second finds the lock held and is
told to come again; readers never wait.
"""

import fcntl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Retryable
from skywarden.warehouse.manifest import Manifest, read_manifest, write_manifest
from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.tables import TABLES
from skywarden.warehouse.writer import Draft

GRACE_S = 120.0
"""How long a dropped file stays for readers that began before; longer than any query may take."""

Seam = Callable[[str], None]
"""Called with the name of each step that was done; crash tests raise or kill from it."""


def _no_seam(_step: str) -> None:
    return None


class Store:
    """One folder of segments. Any number of processes may read it; one at a time writes."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        specs: Sequence[TableSpec] = TABLES,
        grace_s: float = GRACE_S,
        seam: Seam = _no_seam,
    ) -> None:
        self.folder = folder
        self.specs = {spec.name: spec for spec in specs}
        self._clock = clock
        self._grace_us = int(grace_s * SECOND_US)
        self._seam = seam
        self._lock = threading.Lock()
        self._pins: Counter[int] = Counter()
        self._swept = False

    def manifest(self) -> Manifest:
        """What the warehouse consists of now. Raises: Broken, when the manifest is damaged."""
        return read_manifest(self.folder)

    def path(self, name: str) -> Path:
        """Where a file that the manifest names is."""
        return self.folder / name

    @contextmanager
    def pinned(self) -> Iterator[Manifest]:
        """The manifest of now; its files stay while the block runs, as far as this process removes them."""
        with self._lock:
            manifest = self.manifest()
            self._pins[manifest.version] += 1
        try:
            yield manifest
        finally:
            with self._lock:
                self._pins[manifest.version] -= 1
                if not self._pins[manifest.version]:
                    del self._pins[manifest.version]

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """Be the one writer; `commit` of the draft makes what it holds part of the warehouse.

        Raises: Retryable, when somebody else writes at this moment; Broken, for a damaged manifest.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "writer.lock").open("ab") as guard:
            try:
                fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Retryable(f"{self.folder}: the warehouse is being written at this moment; try again") from error
            manifest = self.manifest()
            if not self._swept:
                self._sweep(manifest)
                self._swept = True
            try:
                yield Draft(self.folder, manifest, self._clock, self._save, self._seam)
            except BaseException:
                self._swept = False
                raise

    @contextmanager
    def taking(self, source: str) -> Iterator["StoreTaking"]:
        """As the contract says. Raises: as `writing`."""
        with self.writing() as draft:
            yield StoreTaking(draft, source)

    def collect(self) -> int:
        """Remove files that were dropped long enough ago and that nobody here reads; return how many."""
        with self.writing() as draft:
            due = [one.path for one in draft.manifest.dropped if self._is_due(one.since_us, one.version)]
            for name in due:
                self.path(name).unlink(missing_ok=True)
                self._seam("unlinked")
            if due:
                draft.forget_dropped(frozenset(due))
                draft.commit()
            return len(due)

    def _is_due(self, since_us: int, version: int) -> bool:
        """Pins of the version that dropped it, or of a later one, do not read it."""
        with self._lock:
            held = any(pin < version for pin in self._pins)
        return not held and since_us + self._grace_us <= self._clock.now_us()

    def _save(self, manifest: Manifest) -> None:
        write_manifest(self.folder, manifest)

    def _sweep(self, manifest: Manifest) -> None:
        """Remove what a crash left behind: no manifest ever named it."""
        known = {segment.path for segment in manifest.segments} | {one.path for one in manifest.dropped}
        for path in self.folder.rglob("*"):
            name = str(path.relative_to(self.folder))
            if path.suffix in (".parquet", ".draft") and name not in known:
                path.unlink(missing_ok=True)


class StoreTaking:
    """Segments that appear together with the cursor of their source."""

    def __init__(self, draft: Draft, source: str) -> None:
        self._draft = draft
        self._source = source

    @property
    def cursor(self) -> int:
        return self._draft.manifest.cursor(self._source)

    def add(self, spec: TableSpec, rows: pa.Table, part: str) -> None:
        self._draft.add(spec, rows, part)

    def finish(self, upto: int) -> None:
        self._draft.move_cursor(self._source, upto)
        self._draft.commit()
