"""A rule that raises, is slow or asks for too much memory is disabled by name; the others do not notice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from event_rows import Row, batch, post
from skywarden.engine import Engine, EngineConfig
from skywarden.engine.budget import Budget
from skywarden.engine.chunk import RuleFault
from skywarden.engine.columns import LARGEST_BYTES, Column, Flat
from skywarden.engine.operators import OPERATORS, Operator
from skywarden.engine.operators.contract import Frame
from skywarden.model.hit import Hit
from skywarden.rules import Plan, RuleFile, compile_rules
from skywarden.rules.plan.nodes import Node

HEAD = "from skywarden.lang import *\n"
SOUND = {
    "counting": "count(by=author.did, over=1 * hour) > 2",
    "spotting": "contains(post.text, '7')",
    "young": "author.age < 1 * day",
}
FAULTY = {"faulty": "count(by=author.did, over=1 * hour) > 1 and length(post.text) > 1"}
BATCHES = [
    [post(n, text=f"number {n}", author_created_us=1_750_000_000_000_000) for n in range(at, at + 5)]
    for at in range(0, 40, 5)
]


def plan_of(rules: dict[str, str]) -> Plan:
    made = [
        f'@rule(on=post.created, then=tag(author, "x"))\ndef {n}():\n    """."""\n    return {c}\n'
        for n, c in rules.items()
    ]
    return compile_rules([RuleFile("test.py", HEAD + "\n".join(made))])


@dataclass(slots=True)
class Clock:
    """Processor time that passes only where an operator says so."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(slots=True)
class Outcome:
    engine: Engine
    hits: list[Hit] = field(default_factory=list)
    faults: list[tuple[int, RuleFault]] = field(default_factory=list)

    def of(self, rules: dict[str, str]) -> list[Hit]:
        return [hit for hit in self.hits if hit.rule in rules]


def run(rules: dict[str, str], config: EngineConfig, batches: Sequence[Sequence[Row]] = BATCHES) -> Outcome:
    outcome = Outcome(Engine(plan_of(rules), config))
    for number, rows in enumerate(batches):
        result = outcome.engine.process(batch(rows, base=outcome.engine.position))
        outcome.hits += result.hits
        outcome.faults += [(number, fault) for fault in result.faults]
    return outcome


def _raise(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    raise ZeroDivisionError("a bug")


def _one_gigabyte(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    return Flat(np.empty(2**27, np.int64), np.ones(1, np.bool_))


def _slow(clock: Clock, seconds: float, length: Operator = OPERATORS["length"]) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        clock.now_s += seconds
        return length(node, args, frame)

    return run


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("operator", "error"), [(_raise, ZeroDivisionError), (_one_gigabyte, MemoryError)])
def test_a_rule_that_fails_is_disabled_at_once_and_the_others_are_as_without_it(
    operator: Operator, error: type[Exception], workers: int
) -> None:
    config = EngineConfig(workers=workers, chunk_rows=2, operators={**OPERATORS, "length": operator})
    with_it, without = run(SOUND | FAULTY, config), run(SOUND, config)
    ((number, fault),) = with_it.faults
    assert (number, fault.rule, fault.operator, type(fault.error)) == (0, "faulty", "length", error)
    assert with_it.of(SOUND) == without.hits
    assert without.engine.window_hashes().items() <= with_it.engine.window_hashes().items()
    assert with_it.engine.disabled == {"faulty": with_it.engine.plan.versions["faulty"]}


def _timed(seconds: float, budget: Budget) -> EngineConfig:
    clock = Clock()
    return EngineConfig(budget=budget, clock=clock, operators={**OPERATORS, "length": _slow(clock, seconds)})


def test_a_rule_over_its_time_is_disabled_and_the_others_are_as_without_it() -> None:
    config = _timed(0.3, Budget(event_s=1e-3, floor_s=1.0, batches=3))
    with_it, without = run(SOUND | FAULTY, config), run(SOUND, config)
    ((number, fault),) = with_it.faults
    assert (number, fault.rule, fault.operator) == (3, "faulty", "time")
    assert "1000 microseconds an event" in str(fault.error)
    assert with_it.of(SOUND) == without.hits
    assert without.engine.window_hashes().items() <= with_it.engine.window_hashes().items()


@pytest.mark.parametrize(
    ("seconds", "budget"),
    [
        (0.1, Budget(event_s=1e-3, floor_s=1.0)),  # eight batches of it stay under the floor
        (100.0, Budget(event_s=1e-3, floor_s=1.0, batches=9)),  # slow batches, but too few to be sure
        (0.3, Budget(event_s=0.1, floor_s=1.0)),  # what its events may cost
    ],
)
def test_noise_disables_no_rule(seconds: float, budget: Budget) -> None:
    assert run(SOUND | FAULTY, _timed(seconds, budget)).faults == []


def test_a_slow_operator_that_two_rules_share_is_half_the_fault_of_each() -> None:
    twins = {"one": "length(post.text) > 1", "two": "length(post.text) > 2"}
    budget = Budget(event_s=1e-3, floor_s=1.0, batches=1)
    assert [number for number, _ in run({"one": twins["one"]}, _timed(0.6, budget)).faults] == [1]
    assert [number for number, _ in run(twins, _timed(0.6, budget)).faults] == [3, 3]


def test_what_rules_and_operators_cost_is_told_once() -> None:
    engine = run(SOUND | FAULTY, _timed(0.01, Budget())).engine
    rules, operators = engine.charges.take()
    assert rules["faulty"] == pytest.approx(0.08)
    assert operators["length"] == pytest.approx(0.08)
    assert engine.charges.take() == ({}, {})


def test_a_long_text_is_not_copied_for_every_element_of_a_long_list() -> None:
    plan = plan_of({"greedy": "any(tag == post.text for tag in post.tags)"} | SOUND)
    rows = [post(0, text="x" * 300_000, tags=["t"] * (LARGEST_BYTES // 300_000 + 1)), post(1)]
    result = Engine(plan).process(batch(rows))
    assert [(fault.rule, type(fault.error)) for fault in result.faults] == [("greedy", MemoryError)]


@pytest.mark.parametrize("version", ["length(post.text) > 1", "length(post.text) > 2"])
def test_another_plan_takes_over_the_windows_and_a_disabled_rule_needs_a_new_version(version: str) -> None:
    operators: dict[str, Callable[..., Column]] = {**OPERATORS, "length": _raise}
    before = Engine(
        plan_of({"counting": SOUND["counting"], "bad": "length(post.text) > 1"}), EngineConfig(operators=operators)
    )
    before.process(batch(BATCHES[0]))
    after = before.with_plan(plan_of({"counting": SOUND["counting"], "bad": version, "new": "True"}))
    assert after.position == 5
    hits = after.process(batch(BATCHES[1], base=5)).hits
    assert len([hit for hit in hits if hit.rule == "counting"]) == 5
    assert ("bad" in after.disabled) or version.endswith("2")
