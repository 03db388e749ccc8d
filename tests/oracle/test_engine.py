"""The engine gives what a naive interpreter gives, however the log is split (INV-3, INV-4)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.event_streams import Row, event_stream
from oracle.naive_rules import run_naively
from oracle.naive_windows import Plain
from skywarden.engine import Engine
from skywarden.engine.values import duration_text, time_text
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, EventBatch
from skywarden.model.hit import Hit, Value
from skywarden.rules import Plan, RuleFile, Sets, compile_rules
from skywarden.rules.catalog import EVENT_KINDS, FUNCTIONS, NAMES
from skywarden.rules.check.events import carries
from skywarden.rules.compile import check_rules
from skywarden.rules.core import CheckedRule
from skywarden.rules.folder import read_files, read_sets
from skywarden.rules.plan.nodes import RulePlan
from skywarden.rules.types import DURATION, TIME, Form, Type
from skywarden.rulesets import BLUESKY

EVERY_FUNCTION = Path(__file__).with_name("every_function.rules.txt")
EVERY_WINDOW = Path(__file__).with_name("every_window.rules.txt")


class RuleSet:
    """Rules as the oracle sees them and as the engine does. No dataclass: hypothesis would show all of it."""

    def __init__(self, checked: list[CheckedRule], plan: Plan) -> None:
        self.checked = checked
        self.plan = plan


def _compiled(files: list[RuleFile], sets: Sets) -> RuleSet:
    return RuleSet(check_rules(files, sets), compile_rules(files, sets))


SHIPPED = _compiled(read_files(BLUESKY), read_sets(BLUESKY))
COMPLETE = _compiled(
    [RuleFile("every_function.py", EVERY_FUNCTION.read_text(encoding="utf-8"))],
    Sets(
        {
            "shops": frozenset({"sticker-shop.example", "quiet shop", "zorkface"}),
            "hashes": frozenset({"f" * 64, "0f" * 32, "abc", "no hash"}),
        }
    ),
)


def _names() -> RuleSet:
    """A rule for every kind of event that shows every name which the kind carries."""
    lines = ["from skywarden.lang import *"]
    for number, (path, kind) in enumerate(EVENT_KINDS.items()):
        shown = " ".join(f"{{{name}}}" for name, entry in NAMES.items() if carries(kind, entry))
        lines.append(f'@rule(on={path}, then=tag(author, "x"))\ndef on_{number}():\n    """{shown}"""\n')
        lines.append("    return known(author.handle)\n")
    return _compiled([RuleFile("every_name.py", "\n".join(lines))], Sets({}))


EVERY_NAME = _names()
RULE_SETS = pytest.mark.parametrize(
    "rule_set",
    [SHIPPED, COMPLETE, _compiled([RuleFile("every_window.py", EVERY_WINDOW.read_text(encoding="utf-8"))], Sets({}))],
    ids=["shipped", "every-function", "every-window"],
)
STREAMS = st.builds(event_stream, seed=st.integers(0, 2**32), size=st.integers(1, 60))
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def _batch(rows: Sequence[Row]) -> EventBatch:
    return EventBatch(Offset(0), pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA))


Seen = dict[tuple[int, str], Mapping[str, Value]]
"""The values of each rule at each event."""


def _run(plan: Plan, batch: EventBatch, cuts: Sequence[int]) -> tuple[Engine, list[Hit], Seen]:
    """Process a batch cut at `cuts`; also every rule's values on every event."""
    seen: Seen = {}

    def watch(rule: RulePlan, offset: int, values: Mapping[str, Value]) -> None:
        seen[offset, rule.name] = values

    engine, hits = Engine(plan), []
    edges = sorted({0, len(batch), *(cut for cut in cuts if cut < len(batch))})
    for start, stop in pairwise(edges):
        result = engine.process(batch.slice(start, stop), watch)
        assert result.faults == []
        hits += result.hits
    return engine, hits, seen


def _shown(value: Plain, kind: Type) -> Value:
    """A naive value as hits show it."""
    if isinstance(value, list):
        return [str(item) for item in value]
    if kind.form is Form.ONE and isinstance(value, int) and kind in (DURATION, TIME):
        return duration_text(value) if kind == DURATION else time_text(value)
    return value


@RULE_SETS
@SLOW
@given(rows=STREAMS, cuts=st.lists(st.integers(1, 59), max_size=4))
def test_the_engine_agrees_with_a_naive_interpreter(rule_set: RuleSet, rows: list[Row], cuts: list[int]) -> None:
    _assert_agreement(rule_set, rows, cuts)


@settings(parent=SLOW, max_examples=10)
@given(rows=STREAMS)
def test_every_name_is_what_the_naive_interpreter_reads_on_every_kind_of_event(rows: list[Row]) -> None:
    _assert_agreement(EVERY_NAME, rows, [])


def _assert_agreement(rule_set: RuleSet, rows: list[Row], cuts: list[int]) -> None:
    _, hits, seen = _run(rule_set.plan, _batch(rows), cuts)
    kinds = {rule.name: {name: core.type for name, core in rule.values} for rule in rule_set.checked}
    expected = run_naively(rule_set.checked, rule_set.plan.sets, rows)
    assert {(hit.offset, hit.rule) for hit in hits} == {(offset, name) for offset, name, true, _ in expected if true}
    for offset, name, _, values in expected:
        shown = {key: _shown(value, kinds[name][key]) for key, value in values.items()}
        assert dict(seen[offset, name]) == shown, f"{name} at {offset}"


@RULE_SETS
@SLOW
@given(rows=STREAMS, cuts=st.lists(st.integers(1, 59), max_size=6))
def test_any_split_of_the_log_gives_the_same_hits_and_state(
    rule_set: RuleSet, rows: list[Row], cuts: list[int]
) -> None:
    whole, whole_hits, _ = _run(rule_set.plan, _batch(rows), [])
    split, split_hits, _ = _run(rule_set.plan, _batch(rows), cuts)
    assert split_hits == whole_hits
    assert split.state_hash() == whole.state_hash()


@RULE_SETS
@SLOW
@given(rows=STREAMS, cut=st.integers(0, 60))
def test_an_engine_restored_from_a_snapshot_goes_on_as_if_nothing_had_happened(
    rule_set: RuleSet, rows: list[Row], cut: int
) -> None:
    batch = _batch(rows)
    cut = min(cut, len(batch))
    whole, whole_hits, _ = _run(rule_set.plan, batch, [])
    before = Engine(rule_set.plan)
    hits = before.process(batch.slice(0, cut)).hits
    after = Engine.restore(rule_set.plan, before.snapshot())
    assert after.state_hash() == before.state_hash()
    hits += after.process(batch.slice(cut, len(batch))).hits
    assert hits == whole_hits
    assert after.state_hash() == whole.state_hash()


def test_the_complete_rule_files_use_every_function() -> None:
    text = EVERY_FUNCTION.read_text(encoding="utf-8") + EVERY_WINDOW.read_text(encoding="utf-8")
    unused = {name for name in FUNCTIONS if f"{name}(" not in text} - {"in_set"}  # written `x in wordlist(...)`
    assert unused == set()
