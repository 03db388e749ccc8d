"""Rules in shadow hit as they would live and change nothing; new ones know the past as if they had run all along."""

import math
from pathlib import Path

import pyarrow as pa
import pytest

from event_rows import Row, batch, post
from oracle.event_streams import event_stream
from skywarden.engine import Engine
from skywarden.engine.budget import Budget
from skywarden.engine.consumer import NO_RULES, EngineConsumer
from skywarden.engine.operators import OPERATORS
from skywarden.engine.prime import Primer, reach_us
from skywarden.kernel.ids import Offset
from skywarden.log.memory import MemoryLog
from skywarden.model.effect import Effect, EffectKind
from skywarden.model.event import SCHEMA
from skywarden.model.hit import Hit
from skywarden.model.log_history import LogHistory
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics
from skywarden.rules import Plan, RuleFile, Sets, compile_rules

HEAD = "from skywarden.lang import *\n\n"
BUSY = (
    HEAD
    + '''@rule(on=post.created, then=tag(author, "busy"))
def busy():
    """{posts} posts."""
    posts = count(by=author.did, over=1 * hour)
    return posts >= 3
'''
)
RULE = '@rule(on=post.created, then=tag(author, "{name}"){more})\ndef {name}():\n    """Why."""\n{body}\n\n\n'
EVERY_WINDOW = (Path(__file__).parents[2] / "oracle" / "every_window.rules.txt").read_text()


class Trial:
    """A log, its consumer, and what was stored."""

    def __init__(self, folder: Path, live: Plan, in_shadow: Plan = NO_RULES) -> None:
        self.folder, self.live = folder, live
        self.log, self.metrics = MemoryLog(), Metrics()
        self.hits: list[Hit] = []
        self.effects: list[Effect] = []
        self.upto = Offset(0)
        self.dies = ""
        self.consumer = self.follow(live, in_shadow)
        self.primer = Primer(LogHistory(self.log), self.consumer, self.metrics)

    def follow(self, live: Plan, in_shadow: Plan) -> EngineConsumer:
        return EngineConsumer(self.log, Engine(live), self, self.folder, self.metrics, in_shadow=in_shadow)

    def committed(self) -> Offset:
        return self.upto

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        if self.dies == "before":
            raise ConnectionError("died before")
        self.hits += hits
        self.effects += effects
        self.upto = upto
        if self.dies == "after":
            raise ConnectionError("died after")

    def take(self, *rows: Row) -> list[tuple[int, str, bool]]:
        """Let rows pass; offset, rule and whether in shadow of each hit."""
        before = len(self.hits)
        self.log.append(batch(rows).rows, {})
        self.drain()
        return [(int(hit.offset), hit.rule, hit.is_shadow) for hit in self.hits[before:]]

    def drain(self) -> None:
        while self.consumer.step():
            pass

    def prime(self) -> None:
        """Let the primer work and the consumer take over what it made."""
        while self.primer():
            pass
        self.consumer.step()


def plan_of(text: str, name: str = "rules.py") -> Plan:
    return compile_rules([RuleFile(name, text)])


def rule(name: str, body: str, more: str = "") -> str:
    """One rule, whose body is in one line or several, parted by semicolons."""
    lines = "\n".join(f"    {line}" for line in body.split("; "))
    return RULE.format(name=name, more=more, body=lines)


def edited(*pairs: tuple[str, str]) -> Plan:
    text = BUSY
    for old, new in pairs:
        text = text.replace(old, new)
    return plan_of(text)


LIVE = plan_of(BUSY)
STRICT = edited(("posts >= 3", "posts >= 2"))
LONGER = edited(("1 * hour", "2 * hours"))


def test_a_rule_in_shadow_hits_and_proposes_nothing(tmp_path: Path) -> None:
    trial = Trial(tmp_path, NO_RULES, LIVE)
    assert trial.take(post(1), post(2), post(3)) == [(2, "busy", True)]
    assert trial.hits[0].values == {"posts": 3}
    assert trial.effects == []
    assert trial.metrics.value(catalog.ENGINE_SHADOW_HITS, rule="busy") == 1


def test_live_rules_do_the_same_beside_a_rule_in_shadow(tmp_path: Path) -> None:
    alone, beside = Trial(tmp_path / "a", LIVE), Trial(tmp_path / "b", LIVE, STRICT)
    rows = [post(number) for number in range(5)]
    told = beside.take(*rows)
    assert alone.take(*rows) == [hit for hit in told if not hit[2]]
    assert alone.effects == beside.effects
    assert [hit for hit in told if hit[2]] == [(offset, "busy", True) for offset in (1, 2, 3, 4)]


def test_another_threshold_takes_over_the_windows_of_the_live_version_at_once(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE)
    trial.take(post(1))
    trial.consumer.offer(LIVE, STRICT)
    assert trial.take(post(2)) == [(1, "busy", True)]
    assert trial.consumer.shadow.wanted is None


def test_another_window_waits_until_it_is_primed_and_then_knows_the_past(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE)
    trial.take(post(1), post(2))
    trial.consumer.offer(LIVE, LONGER)
    assert trial.take(post(3)) == [(2, "busy", False)]
    trial.prime()
    assert trial.take(post(4)) == [(3, "busy", False), (3, "busy", True)]
    assert trial.hits[-1].values == {"posts": 4}


def test_while_new_rules_are_primed_those_in_shadow_before_go_on(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE, STRICT)
    trial.take(post(1))
    trial.consumer.offer(LIVE, LONGER)
    assert trial.take(post(2)) == [(1, "busy", True)]
    trial.prime()
    assert trial.take(post(3)) == [(2, "busy", False), (2, "busy", True)]


def test_a_promoted_version_goes_on_with_the_windows_that_it_was_tried_with(tmp_path: Path) -> None:
    trial = Trial(tmp_path, NO_RULES, LONGER)
    trial.take(post(1), post(2))
    trial.consumer.offer(LONGER)
    assert trial.take(post(3)) == [(2, "busy", False)]
    assert trial.consumer.shadow.engine is None
    assert [effect.offset for effect in trial.effects] == [2]


def test_a_demoted_version_goes_on_with_the_windows_that_it_acted_with(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LONGER)
    trial.take(post(1), post(2))
    trial.consumer.offer(NO_RULES, LONGER)
    assert trial.take(post(3)) == [(2, "busy", True)]


def test_a_version_that_acts_already_is_not_stored_as_in_shadow(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE, LIVE)
    assert trial.take(post(1), post(2), post(3)) == [(2, "busy", False)]


def test_after_a_restart_rules_in_shadow_go_on_with_their_windows(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE, LONGER)
    trial.take(post(1), post(2))
    trial.consumer.write_snapshot()
    trial.consumer = trial.follow(LIVE, LONGER)
    assert trial.consumer.shadow.wanted is None
    assert trial.take(post(3)) == [(2, "busy", False), (2, "busy", True)]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(0, 12, 3))
def test_after_a_crash_no_shadow_hit_is_lost_or_doubled(tmp_path: Path, moment: str, at: int) -> None:
    whole, trial = Trial(tmp_path / "whole", LIVE, LONGER), Trial(tmp_path / "torn", LIVE, LONGER)
    for number in range(12):
        whole.take(post(number))
        trial.dies = moment if number == at else ""
        trial.log.append(batch([post(number)]).rows, {})
        try:
            trial.drain()
        except ConnectionError:
            trial.dies = ""
            trial.consumer = trial.follow(LIVE, LONGER)
            trial.drain()
        if number % 4 == 3:
            trial.consumer.write_snapshot()
    assert trial.hits == whole.hits
    assert sum(hit.is_shadow for hit in trial.hits) == 10


def test_without_their_snapshot_rules_in_shadow_are_primed_again(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE, LONGER)
    trial.take(post(1), post(2))
    trial.consumer.write_snapshot()
    for file in (tmp_path / "shadow").iterdir():
        file.write_bytes(b"rotten")
    trial.consumer = trial.follow(LIVE, LONGER)
    trial.primer = Primer(LogHistory(trial.log), trial.consumer, trial.metrics)
    trial.prime()
    assert trial.take(post(3)) == [(2, "busy", False), (2, "busy", True)]


def test_a_rule_in_shadow_that_raises_is_left_out_and_live_ones_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("of a rule in shadow")

    odd = plan_of(HEAD + rule("odd", "return contains(post.text, 'odd')"))
    monkeypatch.setitem(OPERATORS, "contains", explode)
    trial = Trial(tmp_path, LIVE, odd)
    assert trial.take(post(1), post(2), post(3)) == [(2, "busy", False)]
    assert trial.metrics.value(catalog.ENGINE_SHADOW_DISABLED, rule="odd") == 1
    assert trial.metrics.value(catalog.ENGINE_RULES_DISABLED, rule="odd") == 0


def test_an_engine_in_shadow_that_fails_whole_ends_and_live_rules_go_on(tmp_path: Path) -> None:
    trial = Trial(tmp_path, LIVE, STRICT)
    assert trial.consumer.shadow.engine is not None
    trial.consumer.shadow.engine.position = Offset(99)
    assert trial.take(post(1), post(2), post(3)) == [(2, "busy", False)]
    trial.consumer.offer(LIVE, STRICT)
    assert trial.take(post(4)) == [(3, "busy", False), (3, "busy", True)]


def test_a_rule_in_shadow_asks_for_later_looks_only_without_a_live_version(tmp_path: Path) -> None:
    text = HEAD + rule("new", "return author.followers < 3", ", after=10 * minutes")
    tried, other = plan_of(text), plan_of(text.replace("< 3", "< 4"))
    alone = Trial(tmp_path / "a", NO_RULES, tried)
    alone.take(post(1))
    assert [effect.kind for effect in alone.effects] == [EffectKind.RECHECK]
    beside = Trial(tmp_path / "b", other, tried)
    beside.take(post(1))
    assert [effect.version for effect in beside.effects] == [other.versions["new" + _again(other)]]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule is over its time, however slow this machine is while it loads compiled code."""
    monkeypatch.setattr("skywarden.engine.shadow.BUDGET", Budget(event_s=math.inf))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("seed", range(6))
def test_a_primed_engine_is_what_it_would_be_had_it_run_all_along(tmp_path: Path, seed: int) -> None:
    plan = plan_of(EVERY_WINDOW)
    _is_as_if_it_ran_all_along(tmp_path, plan, seed)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("seed", range(6))
def test_windows_that_forget_are_primed_from_as_far_back_as_they_remember(tmp_path: Path, seed: int) -> None:
    calls = {
        "counted": "count(by=author.did, over=1 * hour)",
        "different": "distinct(post.text, by=author.did, over=2 * hours)",
        "added": "sum(length(post.text), by=author.did, over=30 * minutes)",
        "weighed": "heavy(by=author.did, over=1 * hour, slots=2)",
    }
    text = "".join(rule(name, f"n = {call}; return n > 1") for name, call in calls.items())
    plan = plan_of(HEAD + text)
    reach = reach_us(plan)
    assert reach is not None
    assert 2 * 3_600_000_000 <= reach <= 3 * 3_600_000_000
    _is_as_if_it_ran_all_along(tmp_path, plan, seed)


def _is_as_if_it_ran_all_along(folder: Path, plan: Plan, seed: int) -> None:
    """Rules offered midway, and primed, hold the same as those that were there at first."""
    rows = sorted(event_stream(seed, 240), key=lambda row: str(row["time_us"]))
    always, later = Trial(folder / "always", LIVE, plan), Trial(folder / "later", LIVE)
    for number, start in enumerate(range(0, len(rows), 40)):
        part = pa.RecordBatch.from_pylist(rows[start : start + 40], schema=SCHEMA)
        for trial in (always, later):
            trial.log.append(part, {})
            trial.drain()
        if number == 3:
            later.consumer.offer(LIVE, plan)
            later.consumer.step()
            assert later.consumer.shadow.wanted is not None
            later.prime()
    first, second = always.consumer.shadow.engine, later.consumer.shadow.engine
    assert first is not None
    assert second is not None
    assert second.window_hashes() == first.window_hashes()
    midway = 4 * 40
    tried = [hit for hit in always.hits if hit.is_shadow and hit.offset >= midway]
    assert tried
    assert [hit for hit in later.hits if hit.is_shadow] == tried


def _again(plan: Plan) -> str:
    (name,) = (name for name in plan.versions if name != "new")
    return name.removeprefix("new")


def test_no_sets_are_shared_between_versions_of_one_list(tmp_path: Path) -> None:
    text = HEAD + rule("worded", "return contains_any(post.text, wordlist('w'))")
    live, tried = (
        compile_rules([RuleFile("rules.py", text)], Sets({"w": frozenset({word})})) for word in ("fool", "knave")
    )
    trial = Trial(tmp_path, live, tried)
    assert trial.take(post(1, text="fool"), post(2, text="knave")) == [(0, "worded", False), (1, "worded", True)]
