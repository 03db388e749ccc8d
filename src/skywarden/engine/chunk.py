"""Run all scopes over one chunk of a batch: rows in, what rules found out; several chunks run at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from skywarden.engine.columns import Ints
from skywarden.engine.found import Found, Shown
from skywarden.engine.operators.contract import Frame, Lookups
from skywarden.engine.results import Bound, Costs, Results
from skywarden.engine.rows import Rows
from skywarden.engine.scope_run import ScopeRun
from skywarden.engine.selection import Selector
from skywarden.engine.turns import Turns
from skywarden.features.contract import Feature
from skywarden.model.event import EventBatch
from skywarden.model.hit import Value
from skywarden.rules.plan.nodes import RulePlan

Watch = Callable[[RulePlan, int, Mapping[str, Value]], None]
"""Told a rule's named values at each of its events, true or not: for rule cases and explanations."""


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that raised or cost too much, and is left out from then on."""

    rule: str
    operator: str
    error: Exception


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What a chunk gave; `costs` by the number of the scope."""

    found: list[Found] = field(default_factory=list)
    faults: list[RuleFault] = field(default_factory=list)
    costs: dict[int, Costs] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """What chunks share: features by digest, and look-ups, which never change."""

    features: Mapping[str, Feature]
    lookups: Lookups


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of the log with their clamped times, and their place among the batch's chunks."""

    number: int
    batch: EventBatch
    times_us: Ints


def run_chunk(chunk: Chunk, active: Sequence[Bound], memory: Memory, turns: Turns, watch: Watch | None) -> ChunkResult:
    """Run every scope that has rows. Memory is touched in the chunk's turn."""
    result = ChunkResult()
    try:
        whole = Rows(chunk.batch.rows)
        selector = Selector(whole)
        for number, bound in enumerate(active):
            rows = selector.rows_on(bound.schedule.scope.on)
            if len(rows):
                all_of_them = len(rows) == len(chunk.batch)
                taken = whole if all_of_them else whole.at(rows)
                times_us = chunk.times_us if all_of_them else chunk.times_us[rows]
                frame = Frame(taken, times_us, memory.features, memory.lookups)
                costs = result.costs[number] = Costs([0.0] * len(bound.nodes))
                run = ScopeRun(Results(bound, frame, costs), turns.take(number, chunk.number))
                _collect(run, _offsets(chunk.batch, rows), result, watch)
    finally:
        turns.leave(chunk.number)
    return result


def _offsets(batch: EventBatch, rows: Ints) -> Ints:
    """Where in the log some rows of a batch lie."""
    return rows + batch.base if batch.given is None else batch.offsets()[rows]


def _collect(run: ScopeRun, offsets: Ints, result: ChunkResult, watch: Watch | None) -> None:
    """Add what a scope's rules found, and their faults, to `result`."""
    runs = run.decide()
    if runs:
        result.found.append(Found.of(run, runs, offsets))
    if watch is not None:
        _show_all(run, offsets, watch)
    for rule, failed in run.failed:
        result.faults.append(RuleFault(rule.name, failed.operator, failed.error))


def _show_all(run: ScopeRun, offsets: Ints, watch: Watch) -> None:
    """Tell the values of all rules at all rows. Raises: OperatorFailed."""
    results = run.results
    for rule in (decision.rule for decision in results.bound.schedule.decisions):
        columns = {number: (results.column(number), results.bound.nodes[number].type) for _, number in rule.values}
        values = Shown(columns, len(results.frame)).of(rule)
        names = [name for name, _ in rule.values]
        for number, offset in enumerate(offsets.tolist()):
            watch(rule, offset, dict(zip(names, [column[number] for column in values], strict=True)))
