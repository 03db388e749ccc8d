"""Keep the current index in step with history, and make a new one from all of it.

Retry and crash: what was not committed is read again from the position that the last commit stored. Two writers: the
index refuses the second; a rebuild writes into a folder of its own, beside the one who follows.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Broken, Retryable
from skywarden.kernel.ids import Did, Offset
from skywarden.model.history import EventHistory
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics
from skywarden.search.contract import Removal
from skywarden.search.documents import COLUMNS, PARTS, changes
from skywarden.search.folder import SearchFolder
from skywarden.search.tantivy import TantivyWriter

STEP_ROWS = 4_096
COMMIT_S = 1.0
"""What was applied is searchable after so long at the latest, while events come in."""
COMMIT_CHANGES = 50_000
IDLE_ROWS = 100_000
"""Rows without anything to index, after which the position alone is worth a commit."""

FORGET_S = 30.0
"""How long one who wants something forgotten waits for it."""

_REBUILD_HEAP_BYTES = 256_000_000
_REBUILD_THREADS = 2
_REBUILD_COMMIT = 500_000


@dataclass(slots=True)
class _Pending:
    """What was applied since the last commit."""

    changes: int = 0
    rows: int = 0
    since_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Forget:
    """What somebody wants removed, and waits for."""

    uris: tuple[str, ...]
    done: threading.Event = field(default_factory=threading.Event)


class IndexFollower:
    """Drives the current index; its methods but `forget` are for one thread."""

    def __init__(self, history: EventHistory, folder: SearchFolder, clock: Clock, metrics: Metrics) -> None:
        self._history = history
        self._folder = folder
        self._clock = clock
        self._metrics = metrics
        self._writer: TantivyWriter | None = None
        self._position = Offset(0)
        self._pending = _Pending()
        self._forgetting: deque[_Forget] = deque()

    def forget(self, uris: Sequence[str]) -> int:
        """Remove accounts (DIDs) and records (at-uris); return once that is durable. For other threads.

        Raises: Retryable, when the follower does not come to it.
        """
        asked = _Forget(tuple(uris))
        self._forgetting.append(asked)
        if not asked.done.wait(FORGET_S):
            raise Retryable(f"{self._folder.root}: the full-text index is busy; it forgets later")
        return 0

    def step(self) -> int:
        """Take in what history holds, at most `STEP_ROWS` rows; return how many. 0: nothing new."""
        began = time.thread_time()
        writer = self._current()
        rows = self._take(writer)
        forgotten = self._forget(writer)
        if self._is_due() or forgotten:
            self._commit(writer)
        for asked in forgotten:
            asked.done.set()
        self._metrics.add(catalog.SEARCH_SECONDS, time.thread_time() - began)
        return rows

    def close(self) -> None:
        """Commit what was applied, and give up the index."""
        if self._writer is not None:
            if self._pending.rows:
                self._commit(self._writer)
            self._writer.close()
            self._writer = None

    def _current(self) -> TantivyWriter:
        """The writer of the current index: a rebuild may have made another one current."""
        path = self._folder.current()
        if self._writer is not None and self._writer.path == path:
            return self._writer
        if self._writer is not None:
            self._writer.close()
        self._writer = TantivyWriter(path or self._folder.begin())
        self._position, self._pending = self._writer.position(), _Pending()
        end = self._history.span()[1]
        if self._position > end:
            raise Broken(
                f"{self._writer.path}: stands at offset {self._position}, the log ends at {end}; the log was cut or is "
                "another one: restore it, or run `skywarden search rebuild`"
            )
        self._folder.sweep()
        return self._writer

    def _take(self, writer: TantivyWriter) -> int:
        first, end = self._history.span()
        start = max(self._position, first)
        stop = Offset(min(start + STEP_ROWS, end))
        if stop <= start:
            return 0
        pending = self._pending
        for batch in self._history.batches(start, stop, columns=COLUMNS, parts=PARTS):
            found = changes(batch)
            writer.apply(found)
            if found and not pending.changes:
                pending.since_s = self._clock.monotonic_s()
            pending.changes += len(found)
        pending.rows += stop - start
        self._position = stop
        return stop - start

    def _forget(self, writer: TantivyWriter) -> list["_Forget"]:
        taken = []
        while self._forgetting:
            asked = self._forgetting.popleft()
            writer.apply([_removal(uri) for uri in asked.uris])
            taken.append(asked)
        return taken

    def _is_due(self) -> bool:
        pending = self._pending
        waited = bool(pending.changes) and self._clock.monotonic_s() - pending.since_s >= COMMIT_S
        return waited or pending.changes >= COMMIT_CHANGES or pending.rows >= IDLE_ROWS

    def _commit(self, writer: TantivyWriter) -> None:
        writer.commit(self._position)
        self._metrics.add(catalog.SEARCH_CHANGES, self._pending.changes)
        self._metrics.set(catalog.SEARCH_POSITION, self._position)
        self._metrics.set(catalog.SEARCH_DOCUMENTS, writer.size())
        self._pending = _Pending()


def _removal(uri: str) -> Removal:
    """Of an account by its DID, or of a record by its at-uri."""
    if not uri.startswith("at://"):
        return Removal(Did(uri), None)
    return Removal(Did(uri.removeprefix("at://").partition("/")[0]), uri)


def rebuild(history: EventHistory, folder: SearchFolder, progress: Callable[[int, int], None]) -> int:
    """Make a new index of all history and make it the current one; return its documents.

    `progress` is told of rows done and of all. Whoever follows the old one goes on with the new one by itself.
    Raises: Retryable, while another rebuild runs.
    """
    first, end = history.span()
    with folder.building() as path:
        writer = TantivyWriter(path, heap_bytes=_REBUILD_HEAP_BYTES, threads=_REBUILD_THREADS)
        pending = 0
        for batch in history.batches(first, end, columns=COLUMNS, parts=PARTS):
            found = changes(batch)
            writer.apply(found)
            pending += len(found)
            if pending >= _REBUILD_COMMIT:
                writer.commit(batch.end)
                pending = 0
            progress(batch.end - first, end - first)
        writer.commit(end)
        writer.settle()
        size = writer.size()
    return size
