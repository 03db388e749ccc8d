"""Run all scopes over one chunk of a batch: rows in, hits and effects out; several chunks run at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from skywarden.engine.columns import Ints
from skywarden.engine.operators.contract import Frame, Lookups
from skywarden.engine.proposals import Cells, effects_of, hits_of
from skywarden.engine.results import Bound, Costs, OperatorFailed, Results
from skywarden.engine.rows import Rows
from skywarden.engine.scope_run import ScopeRun
from skywarden.engine.selection import Selector
from skywarden.engine.turns import Turns
from skywarden.engine.values import values_of
from skywarden.features.contract import Feature
from skywarden.model.effect import Effect
from skywarden.model.event import EventBatch
from skywarden.model.hit import Hit, Value
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

    hits: list[Hit] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
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
                _collect(run, rows + chunk.batch.base, result, watch)
    finally:
        turns.leave(chunk.number)
    return result


def _collect(run: ScopeRun, offsets: Ints, result: ChunkResult, watch: Watch | None) -> None:
    """Add the hits, effects and faults of a scope's rules to `result`."""
    runs = run.decide()
    if runs:
        chosen = np.unique(np.concatenate([one.rows for one in runs]))
        part = run.results.at(chosen)
        shown, cells = _Shown(part), Cells(part.frame, offsets[chosen])
        for one in runs:
            _propose(run, one.rule, shown, cells, np.searchsorted(chosen, one.rows).tolist(), result)
    if watch is not None:
        shown = _Shown(run.results)
        for rule in (decision.rule for decision in run.results.bound.schedule.decisions):
            names, columns = [name for name, _ in rule.values], shown.of(rule)
            for number, offset in enumerate(offsets.tolist()):
                watch(rule, offset, dict(zip(names, [column[number] for column in columns], strict=True)))
    for rule, failed in run.failed:
        result.faults.append(RuleFault(rule.name, failed.operator, failed.error))


class _Shown:
    """The values that hits show at all rows of a frame: rules show the same few, and each is read once."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._read: dict[int, list[Value]] = {}

    def of(self, rule: RulePlan) -> list[list[Value]]:
        """A list for each of the rule's named values. Raises: OperatorFailed."""
        return [self._read.get(number) or self._values(number) for _, number in rule.values]

    def _values(self, number: int) -> list[Value]:
        results = self._results
        column, kind = results.column(number), results.bound.nodes[number].type
        values = self._read[number] = values_of(column, len(results.frame), kind)
        return values


def _propose(
    run: ScopeRun, rule: RulePlan, shown: _Shown, cells: Cells, places: Sequence[int], result: ChunkResult
) -> None:
    """The hits and effects of one rule; `places` are its rows among those that are shown."""
    try:
        columns = shown.of(rule)
    except OperatorFailed as failed:
        run.failed.append((rule, failed))
        return
    hits = hits_of(rule, cells, places, columns)
    result.hits.extend(hits)
    result.effects.extend(effects_of(rule, cells, places, hits))
