"""Keep a log in memory: for tests, backtests and printing; nothing survives the process."""

import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log.contract import Change, LogBatch, QuarantineEntry, StoredQuarantine
from skywarden.log.order import check_time_order


class MemoryLog:
    """A log that promises everything of the contract but durability."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: list[LogBatch] = []
        self._bases: list[int] = []
        self._cursors: dict[str, str] = {}
        self._quarantine: list[StoredQuarantine] = []
        self._last_us: UtcMicros | None = None

    def append(
        self,
        rows: pa.RecordBatch,
        cursors: Mapping[str, str],
        quarantine: Sequence[QuarantineEntry] = (),
        resolved: Sequence[int] = (),
    ) -> Offset:
        with self._lock:
            last_us = check_time_order(rows, self._last_us)
            base = self.end_offset()
            if rows.num_rows:
                self._batches.append(LogBatch(base, rows))
                self._bases.append(base)
            self._last_us = last_us
            self._cursors.update(cursors)
            start = len(self._quarantine) + 1
            self._quarantine += [StoredQuarantine(start + i, entry) for i, entry in enumerate(quarantine)]
            for number in resolved:
                stored = self._quarantine[number - 1]
                self._quarantine[number - 1] = replace(stored, resolved_us=last_us or UtcMicros(0))
            return base

    def rewrite(self, offsets: Sequence[int], change: Change) -> int:
        changed = 0
        with self._lock:
            for place, batch in enumerate(self._batches):
                inside = sorted(int(offset - batch.base) for offset in offsets if batch.base <= offset < batch.end)
                rows = change(batch.rows, inside) if inside else batch.rows
                if not rows.equals(batch.rows):
                    self._batches[place] = LogBatch(batch.base, rows)
                    changed += len(inside)
        return changed

    def drop_before(self, offset: Offset) -> int:
        with self._lock:
            gone = [batch for batch in self._batches[:-1] if batch.end <= offset]
            del self._batches[: len(gone)], self._bases[: len(gone)]
        return sum(batch.rows.num_rows for batch in gone)

    def start_offset(self) -> Offset:
        return self._batches[0].base if self._batches else Offset(0)

    def end_offset(self) -> Offset:
        return self._batches[-1].end if self._batches else Offset(0)

    def read(self, start: Offset, stop: Offset | None = None) -> Iterator[LogBatch]:
        end = self.end_offset() if stop is None else min(stop, self.end_offset())
        at = max(bisect_right(self._bases, start) - 1, 0)
        for batch in self._batches[at:]:
            if batch.base >= end:
                return
            piece = slice_batch(batch, start, Offset(end))
            if piece is not None:
                yield piece

    def cursor(self, source: str) -> str | None:
        return self._cursors.get(source)

    def last_time_us(self) -> UtcMicros | None:
        return self._last_us

    def quarantined(self, *, limit: int = 100, after: int = 0, unresolved_only: bool = True) -> list[StoredQuarantine]:
        found = [s for s in self._quarantine[after:] if s.resolved_us is None or not unresolved_only]
        return found[:limit]

    def quarantine_count(self) -> int:
        return sum(stored.resolved_us is None for stored in self._quarantine)

    def close(self) -> None:
        """Nothing is held."""


def slice_batch(batch: LogBatch, start: Offset, stop: Offset) -> LogBatch | None:
    """Cut a batch to start..stop; None when nothing is left."""
    low, high = max(start, batch.base), min(stop, batch.end)
    if low >= high:
        return None
    return LogBatch(Offset(low), batch.rows.slice(low - batch.base, high - low))
