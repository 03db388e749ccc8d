"""Measure how many events of history a second the reference rules and the shipped ones are run over, from disk.

The events are ten million of a made-up month, as the warehouse keeps them (see `bench/history`). Parts that no rule is
on are not read, so two rates are given: of all events of the history, and of those that the engine was given.
"""

import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

import msgspec
import numpy as np

from skywarden.bench.history import MonthConfig, StoredMonth, stored_month
from skywarden.bench.history.stored import open_month
from skywarden.bench.reference import check_reference
from skywarden.bench.reference.sets import make_sets
from skywarden.engine.backtest.batches import large_batches
from skywarden.engine.backtest.hits import HitColumns
from skywarden.engine.backtest.needs import needs_of
from skywarden.engine.backtest.run import BATCH_ROWS
from skywarden.engine.backtest.workers import WorkerUse, run_divided
from skywarden.rules.folder import load_folder
from skywarden.rules.plan.nodes import Plan
from skywarden.rulesets import BLUESKY


class RuleSetFigures(msgspec.Struct, frozen=True):
    """One rule set over the whole history. `run`: events that its rules are on. Units: seconds, 10^6 bytes.

    `cpu_us` is processor time an event that was run, over all workers; `slowest_cpu_s` that of the worker that took
    most, which is what a machine with nothing else to do would take. `read_share` is the part of it that reading takes.
    """

    rules: int
    events_per_s: float
    run_per_s: float
    run: int
    hits: int
    hit_rules: int
    wall_s: float
    cpu_s: float
    cpu_us: float
    slowest_cpu_s: float
    read_share: float
    rss_mb: float
    faults: int


class BacktestFigures(msgspec.Struct, frozen=True):
    """What was measured. `events_per_s` is that of the reference rules."""

    events: int
    cores: int
    disk_mb: float
    events_per_s: float
    reference: RuleSetFigures
    shipped: RuleSetFigures


class _Counted:
    """A sink that counts, and forgets."""

    def __init__(self) -> None:
        self.rules: Counter[str] = Counter()

    def add(self, hits: HitColumns) -> None:
        counts = np.bincount(hits.rule, minlength=len(hits.rules)).tolist()
        self.rules.update({rule: count for rule, count in zip(hits.rules, counts, strict=True) if count})


def measure_backtest(events: int, *, cores: int) -> BacktestFigures:
    """Run both rule sets over a history of so many events, which is made where it is not there yet."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))
    month = stored_month(MonthConfig(events))
    reference = _measured(check_reference(make_sets())[1], month, cores)
    shipped = _measured(load_folder(BLUESKY), month, cores)
    disk = sum(file.stat().st_size for file in (month.folder / "event").rglob("*.parquet"))
    return BacktestFigures(events, cores, round(disk / 1e6, 1), reference.events_per_s, reference, shipped)


def _measured(plan: Plan, month: StoredMonth, workers: int) -> RuleSetFigures:
    span, sink = month.history.span(), _Counted()
    began = time.perf_counter()
    result, uses = run_divided(plan, partial(open_month, month.folder), span, workers, sinks=[sink])
    wall_s = time.perf_counter() - began
    cpu_s = sum(use.cpu_s for use in uses)
    return RuleSetFigures(
        rules=len(plan.rules),
        events_per_s=round((span[1] - span[0]) / wall_s, 1),
        run_per_s=round(result.events / wall_s, 1),
        run=result.events,
        hits=result.hits,
        hit_rules=len(sink.rules),
        wall_s=round(wall_s, 2),
        cpu_s=round(cpu_s, 2),
        cpu_us=round(1e6 * cpu_s / max(result.events, 1), 3),
        slowest_cpu_s=round(max(use.cpu_s for use in uses), 2),
        read_share=round(len(uses) * _read_s(plan, month) / max(cpu_s, 1e-9), 3),
        rss_mb=_memory_mb(uses),
        faults=len(result.faults),
    )


def _read_s(plan: Plan, month: StoredMonth) -> float:
    """Processor seconds that one worker with all rules would take to read."""
    began = time.process_time()
    needs = needs_of(plan)
    read = month.history.batches(*month.history.span(), columns=needs.columns, parts=needs.parts)
    _exhaust(large_batches(read, needs.columns, BATCH_ROWS))
    return time.process_time() - began


def _exhaust(batches: Iterator[object]) -> None:
    for _ in batches:
        pass


def _memory_mb(uses: list[WorkerUse]) -> float:
    """The most that this process and the workers held, as if all had held it at once."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    return round((own + sum(use.rss_bytes for use in uses)) / 1e6, 1)
