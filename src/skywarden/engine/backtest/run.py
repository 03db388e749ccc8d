"""Run a plan over a span of history, with fresh memory or primed: hits as columns to sinks, and what it took.

Retry: a run changes nothing outside of itself. What is found is what a live engine would have found that began where
this one begins (INV-3): at any batch size, in any number of threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skywarden.engine.backtest.batches import large_batches
from skywarden.engine.backtest.collect import Collector
from skywarden.engine.backtest.hits import HitSink
from skywarden.engine.backtest.needs import needs_of
from skywarden.engine.backtest.part_plan import without_asking
from skywarden.engine.backtest.samples import SampledHit, Sampler
from skywarden.engine.budget import Budget
from skywarden.engine.engine import Engine, EngineConfig
from skywarden.engine.feature_metrics import FeatureUse
from skywarden.kernel.ids import Offset
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import Plan

UNLIMITED = EngineConfig(budget=Budget(event_s=1.0, floor_s=3_600.0))
"""No rule is disabled for what it costs: what a backtest finds must not depend on the machine."""

BATCH_ROWS = 131_072
"""Rows that the engine is given at a time, where history has as many."""

_HELD = 100_000
"""Hits that are kept before sinks get them."""

Progress = Callable[[Offset], None]
"""Told up to which offset the work is done."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that failed at some event, and was left out from there on."""

    rule: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What a run took and drew. `events` counts rows of the span that were read, `primed` rows before it."""

    events: int
    primed: int
    hits: int
    faults: tuple[Fault, ...]
    windows: tuple[FeatureUse, ...]
    samples: dict[str, list[SampledHit]]


def run_backtest(
    plan: Plan,
    history: EventHistory,
    span: tuple[Offset, Offset],
    *,
    primed_from: Offset | None = None,
    progress: Progress = lambda offset: None,
    sinks: Sequence[HitSink] = (),
    sampler: Sampler | None = None,
    config: EngineConfig = UNLIMITED,
    batch_rows: int = BATCH_ROWS,
) -> BacktestResult:
    """Run every rule over the events of a span; memory is built from `primed_from` on, whose hits are not counted.

    Raises: Broken, when history is damaged.
    """
    start, stop = span
    begin = start if primed_from is None else min(primed_from, start)
    plan = without_asking(plan)
    needs = needs_of(plan)
    engine = Engine(plan, config, position=begin)
    collector = Collector(plan, start, sampler)
    faults: list[Fault] = []
    events = primed = hits = 0
    read = history.batches(begin, stop, columns=needs.columns, parts=needs.parts)
    for batch in large_batches(read, needs.columns, batch_rows):
        result = engine.process(batch)
        faults += [Fault(fault.rule, fault.operator, str(fault.error)) for fault in result.faults]
        before = int(batch.offsets().searchsorted(start)) if batch.base < start else 0
        primed, events = primed + before, events + len(batch) - before
        for found in result.found:
            collector.add(found)
        if collector.held >= _HELD:
            hits += _hand_over(collector, sinks)
        progress(batch.end)
    hits += _hand_over(collector, sinks)
    samples = {} if sampler is None else sampler.samples()
    return BacktestResult(events, primed, hits, tuple(faults), tuple(engine.feature_uses()), samples)


def _hand_over(collector: Collector, sinks: Sequence[HitSink]) -> int:
    taken = collector.take()
    if taken is None:
        return 0
    for sink in sinks:
        sink.add(taken)
    return len(taken)
