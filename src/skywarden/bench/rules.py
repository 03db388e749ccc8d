"""Measure how many events a second run through the 100 reference rules: columnar history in, hits out.

Rounds are whole runs over the history, each with an engine that remembers nothing; the figure is their median. The
first run warms up, compiles kernels where none are kept, and is not counted.
"""

import gc
import os
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from skywarden.bench.naive import Sample, compare_with_naive, sample_of
from skywarden.bench.reference import check_reference
from skywarden.bench.reference.history import read_history
from skywarden.bench.reference.sets import make_sets
from skywarden.engine import Engine, EngineConfig
from skywarden.kernel.memory import keep_freed_memory
from skywarden.model.event import EventBatch

ROUNDS = 5


class RulesFigures(msgspec.Struct, frozen=True):
    """What was measured. `cpu_us` is processor time an event, over all threads; `checked` counts compared events."""

    events_per_s: float
    cores: int
    rules: int
    hits: int
    rss_mb: float
    events: int
    rounds: int
    cpu_us: float
    compile_s: float
    checked: int | None = None
    checked_hits: int | None = None


@dataclass(frozen=True, slots=True)
class RulesReport:
    """The figures, and processor seconds over the counted rounds: by operator, and of all that the engine did."""

    figures: RulesFigures
    operators: dict[str, float]
    engine_s: float


@dataclass(frozen=True, slots=True)
class _Round:
    wall_s: float
    cpu_s: float
    hits: int


def measure_rules(events: int, *, cores: int, rounds: int = ROUNDS, check: bool = False) -> RulesReport:
    """Run the reference rules over a history. Raises: Rejected, when a check finds a difference."""
    _use_cores(cores)
    sets = make_sets()
    began = time.process_time()
    checked, plan = check_reference(sets)
    compile_s = time.process_time() - began
    history = read_history(events, sets)
    engine = Engine(plan, EngineConfig(workers=cores))
    _run(engine, history)
    gc.collect()
    gc.freeze()
    operators: dict[str, float] = {}
    measured = [_run(engine.anew(), history, operators) for _ in range(rounds)]
    sample = sample_of(engine.anew(), history) if check else Sample([], 0)
    if check:
        compare_with_naive(checked, plan, sample)
    figures = RulesFigures(
        events_per_s=round(events / statistics.median(one.wall_s for one in measured), 1),
        cores=cores,
        rules=len(plan.rules),
        hits=measured[0].hits,
        rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        events=events,
        rounds=rounds,
        cpu_us=round(1e6 * statistics.median(one.cpu_s for one in measured) / events, 3),
        compile_s=round(compile_s, 3),
        checked=len(sample.rows) if check else None,
        checked_hits=sample.hits if check else None,
    )
    return RulesReport(figures, operators, sum(one.cpu_s for one in measured))


def _run(engine: Engine, history: Sequence[EventBatch], operators: dict[str, float] | None = None) -> _Round:
    wall, cpu = time.perf_counter(), time.process_time()
    hits = sum(engine.process(batch).hit_count for batch in history)
    measured = _Round(time.perf_counter() - wall, time.process_time() - cpu, hits)
    if operators is not None:
        for name, seconds in engine.charges.take()[1].items():
            operators[name] = operators.get(name, 0.0) + seconds
    return measured


def _use_cores(cores: int) -> None:
    """Keep this process on so many cores, and Arrow's own threads out of the way."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    keep_freed_memory()  # as where the engine works
