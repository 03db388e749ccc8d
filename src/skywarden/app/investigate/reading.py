"""Turn what a query needs into batches of history that hold it: the fewer rows are read, the better.

A reading may give more rows than were asked for, never fewer: the engine decides which of them count.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory

ROWS = 65_536
"""Rows that the engine is given at a time, about; logs hold batches as small as they came."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A column must be one of these texts for a row to matter."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows from `start` to before `stop`, of some parts (None: all), that meet every demand."""

    start: Offset
    stop: Offset
    columns: frozenset[str]
    parts: frozenset[str] | None = None
    demands: tuple[Demand, ...] = ()


class Reading(Protocol):
    """History as queries read it. Safe for several threads, each with an iterator of its own."""

    def span(self) -> tuple[Offset, Offset]:
        """The first offset that is held and the offset after the last."""
        ...

    def offset_at(self, time_us: UtcMicros) -> Offset:
        """The first offset whose time is not before `time_us`."""
        ...

    def batches(self, wanted: Wanted) -> Iterator[EventBatch]:
        """The rows, in the order of the log. Raises: Broken, when what is kept is damaged."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryReading:
    """Any history: parts and columns are left out while reading, other rows as soon as they are read."""

    history: EventHistory

    def span(self) -> tuple[Offset, Offset]:
        return self.history.span()

    def offset_at(self, time_us: UtcMicros) -> Offset:
        return self.history.offset_at(time_us)

    def batches(self, wanted: Wanted) -> Iterator[EventBatch]:
        columns = sorted(wanted.columns | {demand.column for demand in wanted.demands})
        found = self.history.batches(wanted.start, wanted.stop, columns=columns, parts=wanted.parts)
        return joined(_passing(batch, wanted.demands) for batch in found)


def _passing(batch: EventBatch, demands: Iterable[Demand]) -> EventBatch:
    """The rows that meet the demands."""
    masks = [_mask(batch.rows, demand) for demand in demands]
    if not masks:
        return batch
    rows = np.flatnonzero(reduce(pc.and_, masks).to_numpy(zero_copy_only=False))
    if len(rows) == len(batch):
        return batch
    offsets = pa.array(batch.offsets()[rows])
    return EventBatch.scattered(offsets, batch.rows.take(pa.array(rows)), batch.base)


def _mask(rows: pa.RecordBatch, demand: Demand) -> pa.BooleanArray:
    return pc.is_in(rows.column(demand.column), value_set=pa.array(demand.values, pa.string()))


def joined(batches: Iterable[EventBatch]) -> Iterator[EventBatch]:
    """The same rows without empty batches; small ones come together to about `ROWS`, large ones are not copied."""
    held: list[EventBatch] = []
    count = 0
    for batch in batches:
        if held and (count >= ROWS or len(batch) >= ROWS // 2):
            yield _one(held)
            held, count = [], 0
        if len(batch) >= ROWS // 2:
            yield batch
        elif len(batch):
            held.append(batch)
            count += len(batch)
    if held:
        yield _one(held)


def _one(batches: list[EventBatch]) -> EventBatch:
    if len(batches) == 1:
        return batches[0]
    rows = pa.Table.from_batches([batch.rows for batch in batches]).combine_chunks().to_batches()[0]
    follow = all(batch.base == before.end for before, batch in pairwise(batches))
    if follow and all(batch.given is None for batch in batches):
        return EventBatch(batches[0].base, rows)
    return EventBatch.scattered(pa.array(np.concatenate([batch.offsets() for batch in batches])), rows, batches[0].base)
