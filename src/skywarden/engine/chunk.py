"""Run all scopes over one chunk of a batch: rows in, hits and effects out; several chunks run at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from skywarden.engine.columns import Column, Ints
from skywarden.engine.operators.contract import Frame, Lookups
from skywarden.engine.proposals import Cells, Proposals
from skywarden.engine.results import Bound, Costs, OperatorFailed, Results
from skywarden.engine.scope_run import ScopeRun
from skywarden.engine.selection import Selector, take_rows
from skywarden.engine.turns import Turns
from skywarden.engine.values import reason_text, value_at
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
class Active:
    """A scope's work, and the columns that it reads."""

    bound: Bound
    columns: tuple[str, ...]


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


def run_chunk(chunk: Chunk, active: Sequence[Active], memory: Memory, turns: Turns, watch: Watch | None) -> ChunkResult:
    """Run every scope that has rows. Memory is touched in the chunk's turn."""
    result = ChunkResult()
    try:
        selector = Selector(chunk.batch)
        for number, scope in enumerate(active):
            rows = selector.rows_on(scope.bound.schedule.scope.on)
            if len(rows):
                taken = take_rows(chunk.batch, rows, scope.columns)
                times_us = chunk.times_us if len(rows) == len(chunk.batch) else chunk.times_us[rows]
                frame = Frame(taken, times_us, memory.features, memory.lookups)
                costs = result.costs[number] = Costs([0.0] * len(scope.bound.nodes))
                run = ScopeRun(Results(scope.bound, frame, costs), turns.take(number, chunk.number))
                _collect(run, rows + chunk.batch.base, result, watch)
    finally:
        turns.leave(chunk.number)
    return result


def _collect(run: ScopeRun, offsets: Ints, result: ChunkResult, watch: Watch | None) -> None:
    """Add the hits, effects and faults of a scope's rules to `result`."""
    runs = run.decide()
    if runs:
        chosen = np.unique(np.concatenate([one.rows for one in runs]))
        part, cells = run.results.at(chosen), Cells(run.results.frame, chosen)
        for one in runs:
            places = np.searchsorted(chosen, one.rows).tolist()
            _propose(run, one.rule, part, Proposals(one.rule, cells), places, offsets[chosen], result)
    if watch is not None:
        for rule in (decision.rule for decision in run.results.bound.schedule.decisions):
            for row, values in enumerate(_values(rule, run.results, range(len(offsets)))):
                watch(rule, int(offsets[row]), values)
    for rule, failed in run.failed:
        result.faults.append(RuleFault(rule.name, failed.operator, failed.error))


def _propose(
    run: ScopeRun,
    rule: RulePlan,
    part: Results,
    proposals: Proposals,
    places: Sequence[int],
    offsets: Ints,
    result: ChunkResult,
) -> None:
    """The hits and effects of one rule; `places` are its rows among those of `part`."""
    try:
        values = list(_values(rule, part, places))
    except OperatorFailed as failed:
        run.failed.append((rule, failed))
        return
    for place, shown in zip(places, values, strict=True):
        hit = proposals.hit(place, int(offsets[place]), shown, reason_text(rule.template, shown))
        result.hits.append(hit)
        result.effects.extend(proposals.effects(place, hit))


def _values(rule: RulePlan, results: Results, rows: Sequence[int]) -> Iterator[dict[str, Value]]:
    """A rule's named values at some rows. Raises: OperatorFailed."""
    nodes = results.bound.nodes
    columns: dict[str, tuple[Column, int]] = {name: (results.column(number), number) for name, number in rule.values}
    for row in rows:
        yield {name: value_at(column, row, nodes[number].type) for name, (column, number) in columns.items()}
