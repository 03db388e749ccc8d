"""Divide a plan among workers: rules that share work stay together, and every worker has about the same to do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from skywarden.engine.backtest.part_plan import part_plan
from skywarden.engine.budget import Charges
from skywarden.engine.engine import Engine, EngineConfig
from skywarden.engine.schedule import SCANS, Schedule, rule_nodes
from skywarden.model.event import EventBatch
from skywarden.rules.plan.nodes import Plan, Scope

Work = tuple[str, ...]
"""Names a piece of work that is done once a worker, however many of its rules ask for it."""


@dataclass(slots=True)
class _Share:
    """What one worker has so far."""

    rules: set[str] = field(default_factory=set)
    work: set[Work] = field(default_factory=set)
    cost: float = 0.0


class _NodeCharges(Charges):
    """Charges that remember what each node cost."""

    def __init__(self, config: EngineConfig) -> None:
        super().__init__(config.budget)
        self.work: defaultdict[Work, float] = defaultdict(float)

    def add(self, schedule: Schedule, seconds: Sequence[float]) -> None:
        for number, cost in enumerate(seconds):
            self.work[_work(schedule.scope, number)] += cost
        super().add(schedule, seconds)


def divide(plan: Plan, sample: Iterable[EventBatch], workers: int, config: EngineConfig) -> list[Plan]:
    """Plans of the workers, fewer than asked for when there are not as many rules.

    The sample decides who gets what, so a noisy machine may divide differently; what is found is the same.
    """
    costs, each = _measured(plan, sample, config)
    needed = {
        rule.name: {_work(scope, number) for number in rule_nodes(scope, rule)}
        for scope in plan.scopes
        for rule in scope.rules
    }
    shares = [_Share() for _ in range(max(min(workers, len(needed)), 1))]
    for name in sorted(needed, key=lambda rule: (-_cost(needed[rule], costs), rule)):
        own = [each + _cost(needed[name] - share.work, costs) for share in shares]
        best = min(range(len(shares)), key=lambda number: (shares[number].cost + own[number], number))
        shares[best].rules.add(name)
        shares[best].work |= needed[name]
        shares[best].cost += own[best]
    return [part_plan(plan, share.rules) for share in shares if share.rules]


def _measured(plan: Plan, sample: Iterable[EventBatch], config: EngineConfig) -> tuple[Mapping[Work, float], float]:
    """Seconds by piece of work, and of a rule's part in programs, over a sample of events."""
    engine: Engine | None = None
    charges = _NodeCharges(config)
    for batch in sample:
        if engine is None:
            engine = Engine(plan, config, position=batch.base)
            engine.charges = charges
        engine.process(batch)
    _, operators = charges.take()
    return charges.work, operators.get("program", 0.0) / max(len(plan.versions), 1)


def _cost(work: Iterable[Work], costs: Mapping[Work, float]) -> float:
    return sum(costs.get(one, 0.0) for one in work)


def _work(scope: Scope, number: int) -> Work:
    """A scan of a text answers all rules that ask about it, and costs what one of them alone would cost."""
    node = scope.nodes[number]
    if node.op in SCANS:
        return (*scope.on, node.op, *(scope.nodes[arg].digest for arg in node.args[:1]))
    return (*scope.on, node.digest)
