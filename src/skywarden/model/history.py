"""What everybody who reads the past is given: events in the order of the log, wherever they are kept.

Crash: reading changes nothing. Two writers: a history may grow while it is read; what `span` said stays readable.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import EventBatch


class EventHistory(Protocol):
    """Events by offset; safe to read from several threads, each with an iterator of its own."""

    def span(self) -> tuple[Offset, Offset]:
        """The first offset that is held and the offset after the last; equal when nothing is held."""
        ...

    def offset_at(self, time_us: UtcMicros) -> Offset:
        """The first offset whose time is not before `time_us`; the end of the span when there is none."""
        ...

    def batches(
        self,
        start: Offset,
        stop: Offset | None = None,
        *,
        columns: Sequence[str] | None = None,
        parts: frozenset[str] | None = None,
    ) -> Iterator[EventBatch]:
        """Rows from `start` to before `stop` (default: the end when called), in the order of the log.

        Every batch has all columns of `SCHEMA`; those not in `columns` may be null throughout, which spares reading
        them. Rows outside of `parts` (names of `partition.PARTS`) may be left out, which spares reading them; who
        must not see them looks at the rows. Raises: Broken, when what is kept is damaged.
        """
        ...
