"""What every log promises; the contract suite in tests/contracts/ runs over each implementation.

Retry: an append that raised may be repeated; it was stored wholly or not at all.
Crash: what `append` returned for is still there, with its cursors and its quarantine, after kill -9.
Two writers: the second is refused (`Broken`), never interleaved.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from skywarden.kernel.ids import Offset, UtcMicros


@dataclass(frozen=True, slots=True)
class LogBatch:
    """A stored batch: rows base, base+1, ..."""

    base: Offset
    rows: pa.RecordBatch

    @property
    def end(self) -> Offset:
        return Offset(self.base + self.rows.num_rows)


Change = Callable[[pa.RecordBatch, Sequence[int]], pa.RecordBatch]
"""Rows of a batch, and which of them by their place, to as many rows with the same times."""


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """Input that could not become an event, with its bytes, so that nothing is lost (INV-5).

    `position` is the source's own cursor or byte position; `reason` a short code, `detail` the whole sentence.
    """

    source: str
    position: str
    reason: str
    detail: str
    data: bytes
    time_us: UtcMicros


@dataclass(frozen=True, slots=True)
class StoredQuarantine:
    """A quarantine entry with its number and, once retried with success, the time of that."""

    number: int
    entry: QuarantineEntry
    resolved_us: UtcMicros | None = None


class LogReader(Protocol):
    """Read side; safe beside one writer, also from another process where the store allows it."""

    def start_offset(self) -> Offset:
        """Offset of the first row that is still held; 0 unless rows were dropped."""
        ...

    def end_offset(self) -> Offset:
        """Offset after the last durable row; 0 for an empty log."""
        ...

    def read(self, start: Offset, stop: Offset | None = None) -> Iterator[LogBatch]:
        """Durable rows from `start` (inclusive) to `stop` (exclusive, default: end at call time), in order.

        The first and the last batch are sliced to fit. Raises `Broken` when a stored batch fails its checksum.
        """
        ...

    def cursor(self, source: str) -> str | None:
        """The cursor stored with the newest batch that named `source`."""
        ...

    def last_time_us(self) -> UtcMicros | None:
        """`time_us` of the last row; the partition's clock."""
        ...

    def quarantined(self, *, limit: int = 100, after: int = 0, unresolved_only: bool = True) -> list[StoredQuarantine]:
        """Quarantine entries by number, ascending, from number `after` (exclusive)."""
        ...

    def quarantine_count(self) -> int:
        """Entries not yet resolved."""
        ...


class Log(LogReader, Protocol):
    """Both sides; one instance a partition may append."""

    def append(
        self,
        rows: pa.RecordBatch,
        cursors: Mapping[str, str],
        quarantine: Sequence[QuarantineEntry] = (),
        resolved: Sequence[int] = (),
    ) -> Offset:
        """Store rows, source cursors and quarantine entries in one durable step; return the first row's offset.

        `rows` may be empty (cursors and quarantine are stored all the same) and must carry a monotone `time_us`.
        `resolved` are numbers of quarantine entries that these rows came from. Blocks until durable.
        """
        ...

    def rewrite(self, offsets: Sequence[int], change: Change) -> int:
        """Have `change` make other rows of the stored batches that hold these offsets; return how many it changed.

        Durable batch by batch, so one that raised or was killed may be repeated. The offsets must be held.
        """
        ...

    def drop_before(self, offset: Offset) -> int:
        """Let go of the oldest batches that end at or before `offset`, but never of the newest; return their rows."""
        ...

    def close(self) -> None: ...
