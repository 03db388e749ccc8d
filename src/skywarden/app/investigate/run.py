"""Run queries over history by the engine: batches in, the events where each is true out, as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from skywarden.app.investigate.pushdown import demands_of, parts_of
from skywarden.app.investigate.reading import Reading, Wanted
from skywarden.engine import Engine, EngineConfig, EngineResult
from skywarden.engine.budget import Budget
from skywarden.engine.columns import Column, Ints, take_rows
from skywarden.engine.rows import Rows
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import EventBatch
from skywarden.model.investigation import Checkpoint, go_on
from skywarden.rules.plan.nodes import RulePlan
from skywarden.rules.query import QUERY, Query
from skywarden.rules.types import Type

_UNHURRIED = EngineConfig(budget=Budget(event_s=1.0))
"""A question may take its time: whoever asks is told of the costs of another kind, the seconds and rows in all."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of history by time, the end exclusive."""

    since_us: int
    until_us: int

    @property
    def length_us(self) -> int:
        return self.until_us - self.since_us


@dataclass(frozen=True, slots=True)
class Matches:
    """Events of one chunk where the query is true, in the order of the log, with the values asked for by name."""

    offsets: Ints
    times_us: Ints
    rows: Rows
    values: Mapping[str, tuple[Column, Type]]

    def __len__(self) -> int:
        return len(self.offsets)

    def at(self, rows: Ints) -> "Matches":
        """Some of them, in the same order."""
        values = {name: (take_rows(column, rows), kind) for name, (column, kind) in self.values.items()}
        return Matches(self.offsets[rows], self.times_us[rows], self.rows.at(rows), values)

    def column(self, name: str) -> pa.Array:
        """A column of the events; null where it was not read."""
        return self.rows.column(name)


def matches_of(
    query: Query,
    reading: Reading,
    start: Offset,
    stop: Offset,
    *,
    pushdown: bool = True,
    also: frozenset[str] = frozenset(),
    checkpoint: Checkpoint = go_on,
) -> Iterator[Matches]:
    """The events from `start` to before `stop` where a query is true; `also` are columns to read beside its own.

    Stateful functions have seen what came before `start` for as long as they look back, as far as history goes.
    Raises: Rejected, when the query fails while it runs.
    """
    first = _first(query, reading, start)
    wanted = Wanted(first, stop, query.columns | also)
    if pushdown:
        wanted = replace(wanted, parts=parts_of(query), demands=demands_of(query))
    engine = Engine(query.plan, _UNHURRIED, position=first)
    for batch in reading.batches(wanted):
        result = engine.process(_placed(batch, engine.position))
        checkpoint(len(batch))
        _refuse_faults(result)
        yield from _matches(result, query, start)


def _placed(batch: EventBatch, position: Offset) -> EventBatch:
    """Rows after a gap say where they are."""
    if batch.given is not None or batch.base == position:
        return batch
    return EventBatch.scattered(pa.array(batch.offsets()), batch.rows, batch.base)


def _first(query: Query, reading: Reading, start: Offset) -> Offset:
    """Where to begin, so that memory is as full at `start` as it would be."""
    held, end = reading.span()
    if not query.is_stateful or start >= end:
        return max(start, held)
    [event] = reading.batches(Wanted(start, Offset(start + 1), frozenset({"time_us"})))
    began_us = int(event.rows.column("time_us")[0].as_py())
    return max(held, reading.offset_at(UtcMicros(began_us - query.memory_us)))


def _refuse_faults(result: EngineResult) -> None:
    for fault in result.faults:
        raise Rejected("query failed", place=fault.operator, found=str(fault.error), hint="ask for less at once")


def _matches(result: EngineResult, query: Query, start: Offset) -> Iterator[Matches]:
    for found in result.found:
        for run in found.runs:
            values = {name: (found.columns[number][0], query.type_of(name)) for name, number in _shown(run.rule)}
            whole = Matches(found.offsets, found.frame.times_us, found.frame.rows, values)
            keep = run.rows[found.offsets[run.rows] >= start]
            if len(keep):
                yield whole if len(keep) == len(whole) else whole.at(keep)


def _shown(rule: RulePlan) -> Sequence[tuple[str, int]]:
    assert rule.name == QUERY
    return rule.values
