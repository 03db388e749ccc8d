"""A changed rule file, all the way: in shadow without effect, judged, promoted by a command, and then it acts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from event_rows import batch, post
from skywarden.app.platform import Platform, open_platform
from skywarden.app.rule_reload import RuleReload
from skywarden.cli.main import app
from skywarden.engine.prime import Primer
from skywarden.model.log_history import LogHistory
from skywarden.moderation.audit import verify_audit
from skywarden.settings import load_settings
from skywarden.storage.tables import HIT

RULE = '''from skywarden.lang import *


@rule(on=post.created, then=label(post, "copied"))
def copied():
    """{copies} copies."""
    copies = count(by=post.text, over=1 * hour)
    return copies >= 3
'''
CASES = """[[case]]
rule = "copied"
expect = "hit"
[[case.events]]
repeat = 3
text = "buy gold"

[[case]]
rule = "copied"
expect = "miss"
[[case.events]]
text = "buy gold"
"""


class Running:
    """A platform without its threads: its stages are stepped by the test."""

    def __init__(self, root: Path) -> None:
        self.rules, self.data = root / "rules", root / "data"
        if not self.rules.exists():
            self.rules.mkdir()
            (self.rules / "copied.py").write_text(RULE)
            (self.rules / "copied.cases.toml").write_text(CASES)
        chosen = {"data": str(self.data), "rules.path": str(self.rules), "releases.reviews": 2}
        self.platform: Platform = open_platform(load_settings(None, {}, chosen), "http://localhost:8420")
        consumer, metrics = self.platform.consumer, self.platform.metrics
        self.reload = RuleReload(self.platform.rules, consumer, metrics, self.platform.clock)
        self.primer = Primer(LogHistory(self.platform.log), consumer, metrics)
        self.posts = int(self.platform.log.end_offset())

    def posts_of(self, *texts: str) -> None:
        """Posts come, and everything is done that is to be done."""
        rows = [post(self.posts + number, text=text) for number, text in enumerate(texts)]
        self.posts += len(rows)
        self.platform.log.append(batch(rows).rows, {})
        self.settle()

    def settle(self) -> None:
        self.reload()
        for _ in range(3):
            while self.platform.consumer.step() or self.primer():
                pass
        while self.platform.decide():
            pass

    def hits(self) -> list[tuple[int, bool]]:
        with self.platform.backend.database.read() as tx:
            rows = tx.execute(select(HIT.c.log_offset, HIT.c.is_shadow).order_by(HIT.c.log_offset, HIT.c.is_shadow))
            return [(row.log_offset, row.is_shadow) for row in rows]

    def acted_on(self) -> int:
        """How many labels there are."""
        return sum(label.label.val == "copied" for label in self.platform.labels.recent_labels(50))

    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["rules", *words, "--data", str(self.data)], env=_ENV)
        assert (result.exit_code == 0) == (code == 0), result.output
        return result.output + (str(result.exception) if result.exception is not None else "")


_ENV = {"SKYWARDEN_RELEASES_REVIEWS": "2", "COLUMNS": "200"}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.platform.close()


def edit(running: Running, old: str, new: str) -> None:
    file = running.rules / "copied.py"
    file.write_text(file.read_text().replace(old, new))
    running.settle()


def test_a_changed_rule_acts_once_it_was_judged_and_promoted(running: Running) -> None:
    running.posts_of("gold", "gold", "gold")
    assert running.hits() == [(2, False)]
    edit(running, "copies >= 3", "copies >= 2")
    running.posts_of("silver", "silver")
    assert running.hits() == [(2, False), (4, True)]
    assert running.acted_on() == 1

    refused = running.run("promote", "copied", code=1)
    assert "0 of 2 hits reviewed, 1 drawn so far: skywarden rules review copied" in refused
    assert "no miss case" not in refused
    running.posts_of("bronze", "bronze")
    for line in running.run("review", "--list").splitlines():
        told = running.run("review", "--sample", str(json.loads(line)["sample"]), "--verdict", "right")
        assert json.loads(told)["rule"] == "copied"
    assert "shadow -> live" in running.run("promote", "copied", "--reason", "two of two", "--as", "anna")

    running.posts_of("copper", "copper")
    assert running.hits()[-1] == (8, False)
    assert running.acted_on() == 2
    told = running.run("history", "copied")
    assert "shadow -> live  promote by anna: two of two" in told
    assert "+    return copies >= 2" in told
    assert '"right":2' in told
    verify_audit(running.platform.backend.database)


def test_a_wrong_version_is_ended_by_one_command(running: Running) -> None:
    running.posts_of("gold", "gold")
    running.run("retire", "copied", "--reason", "false alarms")
    running.posts_of("gold", "gold")
    assert running.hits() == []
    listed = json.loads(running.run("releases", "--all", "--format", "json"))
    assert [(one["rule"], one["state"]) for one in listed] == [("copied", "retired")]


def test_a_new_window_knows_the_past_and_keeps_it_over_a_restart(tmp_path: Path) -> None:
    first = Running(tmp_path)
    first.posts_of("gold", "gold")
    edit(first, "1 * hour", "2 * hours")
    first.platform.consumer.write_snapshot()
    first.platform.close()
    second = Running(tmp_path)
    second.posts_of("gold")
    assert second.hits() == [(2, False), (2, True)]
    second.platform.close()


def test_failing_cases_and_the_author_are_told_together(running: Running) -> None:
    edit(running, "copies >= 3", "copies >= 9")
    env = {"SKYWARDEN_RELEASES_TWO_PERSONS": "true"}
    words = ["rules", "promote", "copied", "--data", str(running.data), "--as", (running.rules / "copied.py").owner()]
    told = str(CliRunner().invoke(app, words, env={**_ENV, **env}).exception)
    assert "fails" in told
    assert "hits reviewed" in told
    assert "another person must promote it" in told


def test_review_is_asked_key_by_key_and_tells_the_precision(running: Running) -> None:
    edit(running, "copies >= 3", "copies >= 1")
    running.posts_of("gold", "silver", "bronze")
    words = ["rules", "review", "--data", str(running.data)]
    output = CliRunner().invoke(app, words, input="y\nn\nq\n", env=_ENV).output
    asked, _, rest = output.partition("rightly found?")
    assert "text: " in asked
    assert "copied" not in asked
    assert "copies = 1" in rest
    assert "2 judged; 1 of these wait" in rest
    assert "50% (9% to 91%) of 2" in rest
