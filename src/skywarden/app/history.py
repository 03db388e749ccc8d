"""Join the segments of the warehouse with the tail of the log to one history."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skywarden.app.data_folder import DataFolder
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log import SqliteLog
from skywarden.log.contract import LogReader
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory
from skywarden.model.log_history import LogHistory
from skywarden.warehouse import SegmentHistory, Store


@dataclass(frozen=True, slots=True)
class JoinedHistory:
    """What was compacted comes from `past`, what was not yet from `tail`."""

    past: EventHistory
    tail: EventHistory

    def span(self) -> tuple[Offset, Offset]:
        first, border = self.past.span()
        start, end = self.tail.span()
        return (first if first < border else start), Offset(max(border, end))

    def offset_at(self, time_us: UtcMicros) -> Offset:
        found, border = self.past.offset_at(time_us), self.past.span()[1]
        return found if found < border else Offset(max(border, self.tail.offset_at(time_us)))

    def batches(
        self,
        start: Offset,
        stop: Offset | None = None,
        *,
        columns: Sequence[str] | None = None,
        parts: frozenset[str] | None = None,
    ) -> Iterator[EventBatch]:
        end = self.span()[1] if stop is None else min(stop, self.span()[1])
        at = start
        while at < (border := Offset(min(self.past.span()[1], end))):  # it moves on while somebody reads
            yield from self.past.batches(at, border, columns=columns, parts=parts)
            at = border
        if at < end:
            yield from self.tail.batches(at, end, columns=columns, parts=parts)


def open_history(folder: DataFolder, log: LogReader, clock: Clock) -> EventHistory:
    """The whole history of a data folder, for any process that may read it."""
    return JoinedHistory(SegmentHistory(Store(folder.warehouse, clock)), LogHistory(log))


def open_stored_history(root: Path) -> EventHistory:
    """The whole history of a data folder, read only; for processes that are sent there by its name."""
    folder = DataFolder(root)
    return open_history(folder, SqliteLog(folder.log, writable=False), SystemClock())


@contextmanager
def open_backfill(folder: DataFolder) -> Iterator[EventHistory]:
    """What `skywarden backfill` fetched, for as long as the block runs: no part of the history, for its own readers.

    Offsets are its own, and times are those of the fetching. Raises: Retryable, where nothing was ever fetched.
    """
    log = SqliteLog(folder.history, writable=False)
    try:
        yield LogHistory(log)
    finally:
        log.close()
