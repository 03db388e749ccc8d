"""Changed rule files run from the next step on; wrong ones are told and change nothing."""

from pathlib import Path

import pytest

from event_rows import Row, batch, post
from skywarden.app.rule_book import RuleBook
from skywarden.app.rule_folder import RuleFolder
from skywarden.app.rule_reload import RuleReload
from skywarden.engine import Engine
from skywarden.engine.consumer import EngineConsumer
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset
from skywarden.log.memory import MemoryLog
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

RULE = '''from skywarden.lang import *


@rule(on=post.created, then=tag(author, "often"))
def often():
    """{posts} posts."""
    posts = count(by=author.did, over=1 * hour)
    return posts >= {least}
'''


class Kept:
    """A sink in memory."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.upto = Offset(0)

    def committed(self) -> Offset:
        return self.upto

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        self.hits += hits
        self.upto = upto


class Bench:
    """Rule files, a log, and the engine that follows both."""

    def __init__(self, root: Path, database: Database) -> None:
        self.file, self.state = root / "rules" / "often.py", root / "state"
        self.file.parent.mkdir()
        self.write(3)
        self.folder = RuleFolder(self.file.parent)
        self.folder.load()
        self.book = RuleBook(self.folder, database, ManualClock(), "direct")
        self.log, self.sink, self.metrics = MemoryLog(), Kept(), Metrics()
        self.consumer = self.follow()
        self.reload = RuleReload(self.book, self.consumer, self.metrics, ManualClock())

    def follow(self) -> EngineConsumer:
        return EngineConsumer(self.log, Engine(self.book.open().live), self.sink, self.state, self.metrics)

    def write(self, least: int | str) -> None:
        self.file.write_text(RULE.replace("{least}", str(least)))

    def take(self, *rows: Row) -> list[int]:
        """Let rows pass; the offsets that were hit."""
        before = len(self.sink.hits)
        self.log.append(batch(rows).rows, {})
        while self.consumer.step():
            pass
        return [int(hit.offset) for hit in self.sink.hits[before:]]


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:
    return Bench(tmp_path, database)


def test_a_changed_rule_runs_from_the_next_step_with_the_memory_of_its_window(bench: Bench) -> None:
    assert bench.take(post(1), post(2)) == []
    bench.write(" 2 ")
    assert bench.reload() == 1
    assert bench.take(post(3)) == [2]
    assert bench.sink.hits[0].values["posts"] == 3


def test_nothing_happens_while_no_file_changes(bench: Bench) -> None:
    assert bench.reload() == 0
    assert bench.metrics.value(catalog.RULES_LOADED) == 1


def test_wrong_rules_are_told_once_and_the_old_ones_go_on(bench: Bench) -> None:
    bench.write("'many'")
    assert bench.reload() == 0
    assert bench.reload() == 0
    assert bench.folder.refusal.startswith(f"{bench.file}:8:")
    assert bench.metrics.value(catalog.RULES_REFUSED_NOW) == 1
    assert bench.metrics.value(catalog.RULES_RELOADS, outcome="refused") == 1
    assert bench.take(post(1), post(2), post(3)) == [2]


def test_mended_rules_clear_the_refusal(bench: Bench) -> None:
    bench.write("'many'")
    bench.reload()
    bench.write(1)
    assert bench.reload() == 1
    assert bench.folder.refusal == ""
    assert bench.metrics.value(catalog.RULES_REFUSED_NOW) == 0
    assert bench.take(post(1)) == [0]


def test_after_a_restart_new_windows_are_as_old_as_they_were_at_the_swap(bench: Bench) -> None:
    bench.take(post(1), post(2))
    bench.file.write_text(bench.file.read_text().replace("1 * hour", "2 * hours"))
    bench.reload()
    bench.take(post(3))
    live = bench.consumer.engine.state_hash()
    again = bench.follow()
    while again.step():
        pass
    assert again.engine.state_hash() == live
    assert bench.take(post(4), post(5)) == [4]


def test_a_folder_that_went_away_is_a_refusal(bench: Bench) -> None:
    bench.file.unlink()
    assert bench.reload() == 0
    assert "no rules" in bench.folder.refusal
