"""What was found in the past is found again, from a snapshot, from history, and after other rules took over."""

from pathlib import Path

import pytest

from event_rows import batch, post
from skywarden.engine import Engine
from skywarden.engine.consumer import EngineConsumer
from skywarden.engine.replay import replay_rules
from skywarden.engine.snapshot import KEEP, SnapshotFolder
from skywarden.kernel.ids import Offset
from skywarden.log.memory import MemoryLog
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit
from skywarden.model.log_history import LogHistory
from skywarden.observe.metrics import Metrics
from skywarden.rules import Compiler, RuleFile, compile_rules
from skywarden.rules.core import CheckedRule

DAY_US = 86_400_000_000


def file(name: str, over: str = "1 * hour") -> RuleFile:
    return RuleFile(
        f"{name}.py",
        f"""from skywarden.lang import *
@rule(on=post.created, then=[label(post, "spam"), tag(author, "busy")], limit=per_day(5))
def {name}():
    '''{{author.did}} posted {{posts}} times.'''
    posts = count(by=author.did, over={over})
    return posts % 3 == 0
""",
    )


def checked(*files: RuleFile) -> list[CheckedRule]:
    return Compiler().check(files)


class Sink:
    """Keeps everything that the live engine found."""

    def __init__(self) -> None:
        self.hits: dict[tuple[Offset, str], Hit] = {}
        self.effects: dict[tuple[Offset, str], tuple[Effect, ...]] = {}
        self.upto = Offset(0)

    def committed(self) -> Offset:
        return self.upto

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        self.hits |= {(hit.offset, hit.rule): hit for hit in hits}
        for effect in effects:
            key = effect.offset, effect.rule
            self.effects[key] = (*self.effects.get(key, ()), effect)
        self.upto = upto


class Live:
    """A log, and an engine that follows it and may change its rules."""

    def __init__(self, folder: Path, *files: RuleFile, keep_days: int = 0) -> None:
        self.log, self.sink = MemoryLog(), Sink()
        self.folder = SnapshotFolder(folder)
        engine = Engine(compile_rules(files))
        self.consumer = EngineConsumer(
            self.log, engine, self.sink, folder, Metrics(), snapshot_rows=10, keep_days=keep_days
        )

    def posts(self, count: int, *, step_us: int = 1_000_000) -> None:
        for _ in range(count):
            number = int(self.log.end_offset())
            self.log.append(batch([post(did=f"did:plc:{number % 2}", time_us=DAY_US + number * step_us)]).rows, {})
            self.consumer.step()

    def change_to(self, *files: RuleFile) -> None:
        self.consumer.offer(compile_rules(files))
        self.consumer.step()


def assert_same(live: Live, rules: list[CheckedRule], snapshots: SnapshotFolder | None) -> None:
    names = {rule.name for rule in rules}
    keys = sorted(key for key in live.sink.hits if key[1] in names)
    assert keys
    for key in keys:
        found = replay_rules(rules, {}, LogHistory(live.log), [key[0]], snapshots=snapshots)
        assert found.hits[key] == live.sink.hits[key]
        assert found.effects[key] == live.sink.effects[key]
    together = replay_rules(rules, {}, LogHistory(live.log), [key[0] for key in keys], snapshots=snapshots)
    assert {key: hit for key, hit in together.hits.items() if key in keys} == {k: live.sink.hits[k] for k in keys}


def test_every_hit_and_effect_is_found_again_from_a_snapshot_and_from_the_beginning(tmp_path: Path) -> None:
    live = Live(tmp_path, file("busy"))
    live.posts(40)
    assert_same(live, checked(file("busy")), live.folder)
    assert_same(live, checked(file("busy")), None)


def test_a_rule_that_came_later_has_not_seen_what_was_before(tmp_path: Path) -> None:
    live = Live(tmp_path, file("busy"))
    live.posts(11)
    live.change_to(file("busy"), file("late", "2 * hours"))
    live.posts(50)
    late = checked(file("late", "2 * hours"))
    assert_same(live, late, live.folder)
    early = [snapshot for snapshot in live.folder.newest_first() if snapshot.position <= 11]
    assert not early, "the snapshot at the turn is gone; when the window began is told by later ones"


def test_windows_of_one_rule_that_began_at_different_times_are_replayed_as_they_were(tmp_path: Path) -> None:
    text = file("both").text.replace("return", "more = count(by=author.did, over=3 * hours)\n    return more > 0 and")
    live = Live(tmp_path, file("busy"))
    live.posts(13)
    live.change_to(RuleFile("both.py", text))
    live.posts(50)
    assert_same(live, checked(RuleFile("both.py", text)), live.folder)
    values = [hit.values for (_, rule), hit in live.sink.hits.items() if rule == "both"]
    assert values
    assert all(seen["posts"] != seen["more"] for seen in values), "one window is older than the other"


@pytest.mark.parametrize("keep_days", [2, 3])
def test_of_each_day_a_snapshot_is_kept_for_a_set_number_of_days(tmp_path: Path, keep_days: int) -> None:
    live = Live(tmp_path, file("busy", "1 * days"), keep_days=keep_days)
    live.posts(120, step_us=DAY_US // 20)
    kept = [snapshot for snapshot in live.folder._files() if snapshot.day is not None]
    assert sorted(snapshot.day or 0 for snapshot in kept) == [6 - back for back in range(keep_days)][::-1]
    assert len(live.folder.newest_first()) == KEEP + keep_days - 1, "the newest may be that of a day"
    assert_same(live, checked(file("busy", "1 * days")), live.folder)


def test_a_snapshot_at_a_turn_is_kept_beside_that_of_the_day(tmp_path: Path) -> None:
    live = Live(tmp_path, file("busy"), keep_days=1)
    live.posts(15)
    live.change_to(file("late"))
    live.posts(40)
    assert [one.position for one in live.folder.newest_first()][-2:] == [15, 10]


def test_what_windows_saw_and_is_gone_is_told(tmp_path: Path) -> None:
    live = Live(tmp_path, file("busy"))
    live.posts(20)

    class Retired(LogHistory):
        def span(self) -> tuple[Offset, Offset]:
            return Offset(4), self.log.end_offset()

    found = replay_rules(checked(file("busy")), {}, Retired(live.log), [Offset(17)])
    assert found.gone == (0, 4)
    assert found.start == 4


def test_what_is_gone_and_out_of_the_windows_reach_is_not_missed(tmp_path: Path) -> None:
    live = Live(tmp_path, file("busy"))
    live.posts(200, step_us=60_000_000)

    class Retired(LogHistory):
        def span(self) -> tuple[Offset, Offset]:
            return Offset(60), self.log.end_offset()

    keys = [key for key in live.sink.hits if key[0] >= 180]
    found = replay_rules(checked(file("busy")), {}, Retired(live.log), [offset for offset, _ in keys])
    assert (found.gone, found.start) == (None, 60)
    assert [found.hits[key] for key in keys] == [live.sink.hits[key] for key in keys]
    assert keys
