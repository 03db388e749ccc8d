"""Charge rules with what their operators cost, and name those that cost more than a rule may."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skywarden.engine.columns import LARGEST_BYTES
from skywarden.engine.schedule import Schedule

_WINDOW_EVENTS = 100_000
"""Past so many events what was before counts half: a rule that was slow for a while recovers, one that is does not."""

_MOST = 4
"""One batch counts for at most so many times what its events may cost, and its part of the floor."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one rule may cost. Units are in the names.

    A rule is over its time when lately it has cost more than `floor_s` and more than `event_s` an event, and did so in
    `batches` batches at least: neither noise nor one slow batch, as when kernels are compiled, disables a rule.
    """

    event_s: float = 50e-6
    floor_s: float = 1.0
    batches: int = 3
    column_bytes: int = LARGEST_BYTES


DEFAULT_BUDGET = Budget()


class Charges:
    """Seconds by rule: since the last look for the metrics, and lately for the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._batch: defaultdict[str, float] = defaultdict(float)
        self._lately: defaultdict[str, float] = defaultdict(float)
        self._slow_batches: defaultdict[str, float] = defaultdict(float)
        self._events = 0
        self._rules: defaultdict[str, float] = defaultdict(float)
        self._operators: defaultdict[str, float] = defaultdict(float)

    def add(self, schedule: Schedule, seconds: Sequence[float]) -> None:
        """Charge a scope's rules: what several need, each of them with an equal share."""
        for number, cost in enumerate(seconds):
            if cost:
                users = schedule.users[number]
                for name in users:
                    self._batch[name] += cost / len(users)
                self.add_operator(schedule.scope.nodes[number].op, cost)

    def add_operator(self, name: str, seconds: float) -> None:
        """Note the cost of a kind of operator."""
        self._operators[name] += seconds

    def end_batch(self, events: int) -> list[str]:
        """Close a batch of so many events; the rules that are over their time now."""
        budget = self._budget
        self._events += events
        most = budget.floor_s / budget.batches + _MOST * budget.event_s * events
        for name, seconds in self._batch.items():
            self._rules[name] += seconds
            self._lately[name] += min(seconds, most)
            self._slow_batches[name] += seconds > budget.event_s * events
        self._batch.clear()
        limit = max(budget.floor_s, budget.event_s * self._events)
        over = [name for name, spent in self._lately.items() if spent > limit]
        found = sorted(name for name in over if self._slow_batches[name] >= budget.batches)
        for name in found:
            del self._lately[name], self._slow_batches[name]
        if self._events > _WINDOW_EVENTS:
            self._events //= 2
            self._lately = defaultdict(float, {name: spent / 2 for name, spent in self._lately.items()})
            self._slow_batches.clear()
        return found

    def take(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Seconds by rule and by operator since the last call."""
        taken = dict(self._rules), dict(self._operators)
        self._rules.clear()
        self._operators.clear()
        return taken
