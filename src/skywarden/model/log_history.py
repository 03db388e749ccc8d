"""Turn a log into a history: every row with every column, as the log holds them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log.contract import LogReader
from skywarden.model.event import EventBatch, with_schema


@dataclass(frozen=True, slots=True)
class LogHistory:
    """The history that a log is; nothing is copied or kept."""

    log: LogReader

    def span(self) -> tuple[Offset, Offset]:
        return self.log.start_offset(), self.log.end_offset()

    def offset_at(self, time_us: UtcMicros) -> Offset:
        first, end = self.span()
        return Offset(bisect_left(range(end), int(time_us), lo=first, key=self._time_us))

    def batches(
        self,
        start: Offset,
        stop: Offset | None = None,
        *,
        columns: Sequence[str] | None = None,
        parts: frozenset[str] | None = None,
    ) -> Iterator[EventBatch]:
        for found in self.log.read(start, stop):
            yield EventBatch(found.base, with_schema(found.rows))

    def _time_us(self, offset: int) -> int:
        [found] = self.log.read(Offset(offset), Offset(offset + 1))
        return int(found.rows.column("time_us")[0].as_py())
