"""Where rules are true, kept as columns -> hits and effects, made when somebody asks for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from skywarden.engine.columns import Column, Ints, take_rows
from skywarden.engine.operators.contract import Frame
from skywarden.engine.proposals import Cells, effects_of, hits_of
from skywarden.engine.results import OperatorFailed
from skywarden.engine.scope_run import RuleRun, ScopeRun
from skywarden.engine.values import values_of
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit, Value
from skywarden.rules.plan.nodes import RulePlan
from skywarden.rules.types import Type

_BY_EVENT = attrgetter("offset", "rule")


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a chunk where rules of a scope are true, and the columns that their hits show.

    `runs` have the numbers of their rows among these; `columns` go by the number of the node.
    """

    frame: Frame
    offsets: Ints
    runs: Sequence[RuleRun]
    columns: Mapping[int, tuple[Column, Type]]

    @classmethod
    def of(cls, run: ScopeRun, runs: Sequence[RuleRun], offsets: Ints) -> "Found":
        """Compute what the hits of these decisions show; a rule of which that fails is among the failed of `run`."""
        chosen = np.unique(np.concatenate([one.rows for one in runs]))
        part = run.results.at(chosen)
        columns: dict[int, tuple[Column, Type]] = {}
        found = []
        for one in runs:
            try:
                for _, number in one.rule.values:
                    if number not in columns:
                        columns[number] = part.column(number), part.bound.nodes[number].type
            except OperatorFailed as failed:
                run.failed.append((one.rule, failed))
            else:
                found.append(RuleRun(one.rule, np.searchsorted(chosen, one.rows)))
        return cls(part.frame, offsets[chosen], found, columns)

    def since(self, offset: int) -> "Found":
        """Those of them that are at or behind an offset of the log."""
        first = int(np.searchsorted(self.offsets, offset))
        if not first:
            return self
        runs = [RuleRun(one.rule, one.rows[one.rows >= first]) for one in self.runs]
        return Found(self.frame, self.offsets, [one for one in runs if len(one.rows)], self.columns)

    def part(self, number: int, places: Ints) -> "Found":
        """Some of one rule's hits, by their places among them, which ascend."""
        run = self.runs[number]
        rows = run.rows[places]
        whole = self.frame
        frame = Frame(whole.rows.at(rows), whole.times_us[rows], whole.windows, whole.lookups)
        columns = {node: (take_rows(self.columns[node][0], rows), self.columns[node][1]) for _, node in run.rule.values}
        return Found(frame, self.offsets[rows], [RuleRun(run.rule, np.arange(len(rows)))], columns)

    def hit_count(self) -> int:
        """How many hits these are."""
        return sum(len(one.rows) for one in self.runs)

    def make(self, hits: list[Hit], effects: list[Effect]) -> None:
        """Add the hits, and what their rules propose."""
        cells, shown = Cells(self.frame, self.offsets), Shown(self.columns, len(self.offsets))
        for one in self.runs:
            places = one.rows.tolist()
            made = hits_of(one.rule, cells, places, shown.of(one.rule))
            hits.extend(made)
            effects.extend(effects_of(one.rule, cells, places, made))


class Shown:
    """Columns as plain values: rules show the same few, and each is read once."""

    def __init__(self, columns: Mapping[int, tuple[Column, Type]], length: int) -> None:
        self._columns = columns
        self._length = length
        self._read: dict[int, list[Value]] = {}

    def of(self, rule: RulePlan) -> list[list[Value]]:
        """A list for each of the rule's named values."""
        return [self._values(number) for _, number in rule.values]

    def _values(self, number: int) -> list[Value]:
        values = self._read.get(number)
        if values is None:
            column, kind = self._columns[number]
            values = self._read[number] = values_of(column, self._length, kind)
        return values


def make_all(found: Sequence[Found]) -> tuple[list[Hit], list[Effect]]:
    """The hits and effects of a batch, in the order of offsets and then of rule names."""
    hits: list[Hit] = []
    effects: list[Effect] = []
    for one in found:
        one.make(hits, effects)
    hits.sort(key=_BY_EVENT)
    effects.sort(key=_BY_EVENT)
    return hits, effects
