"""What people put into the set wordlist/NAME is in wordlist("NAME") of the rules that run, soon and until it goes."""

from pathlib import Path

import pytest

from event_rows import batch, post
from proposals import LABELER
from skywarden.app.list_extensions import LOOK_S, ListExtensions
from skywarden.app.rule_folder import RuleFolder
from skywarden.engine import Engine
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.moderation.desk import Desk, open_desk
from skywarden.rules.plan.nodes import Plan
from skywarden.storage import Database

ANNA = Did("did:plc:anna")
RULE = '''from skywarden.lang import *


@rule(on=post.created, then=tag(author, "rude"))
def rude():
    """Rude."""
    return post.text in wordlist("rude")
'''


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> Desk:
    return open_desk(database, clock, LABELER)


@pytest.fixture
def rules(tmp_path: Path, desk: Desk, clock: ManualClock) -> RuleFolder:
    """A list of one word, and whatever people add."""
    root = tmp_path / "rules"
    root.mkdir()
    (root / "rude.py").write_text(RULE)
    (root / "rude.txt").write_text("fool\n")
    folder = RuleFolder(root)
    folder.extend(ListExtensions(desk.sets, clock, most_entries=3))
    return folder


def hits(plan: Plan | None, *texts: str) -> list[int]:
    """Which of the texts the rules fire on."""
    assert plan is not None
    result = Engine(plan).process(batch([post(number, text=text) for number, text in enumerate(texts, 1)]))
    return [int(hit.offset) for hit in result.hits]


def test_a_list_grows_by_what_people_add_and_shrinks_again(rules: RuleFolder, desk: Desk, clock: ManualClock) -> None:
    plan = rules.load()
    assert hits(plan, "fool", "Dummkopf") == [0]
    desk.sets.upsert("wordlist/rude", None, ANNA)
    desk.sets.add_values("wordlist/rude", [" Dummkopf ", "fool"], ANNA)
    clock.advance(LOOK_S)
    extended = rules.reload()
    assert hits(extended, "fool", "Dummkopf", "nice") == [0, 1]
    assert extended is not None
    assert extended.versions != plan.versions
    desk.sets.delete("wordlist/rude", ANNA)
    clock.advance(LOOK_S)
    again = rules.reload()
    assert hits(again, "fool", "Dummkopf") == [0]
    assert again is not None
    assert again.versions == plan.versions


def test_sets_are_looked_at_now_and_then_and_others_mean_nothing(
    rules: RuleFolder, desk: Desk, clock: ManualClock
) -> None:
    rules.load()
    desk.sets.upsert("wordlist/rude", None, ANNA)
    desk.sets.upsert("rude", None, ANNA)
    assert rules.reload() is None
    clock.advance(LOOK_S)
    assert rules.reload() is not None
    desk.sets.add_values("rude", ["nice"], ANNA)
    clock.advance(LOOK_S)
    assert rules.reload() is None


def test_a_set_that_is_too_large_leaves_the_rules_as_they_are_and_is_told(
    rules: RuleFolder, desk: Desk, clock: ManualClock
) -> None:
    rules.load()
    desk.sets.upsert("wordlist/rude", None, ANNA)
    desk.sets.add_values("wordlist/rude", ["a", "b", "c", "d"], ANNA)
    clock.advance(LOOK_S)
    with pytest.raises(Rejected, match="wordlist/rude"):
        rules.reload()
    assert "wordlist/rude" in rules.refusal
    desk.sets.delete_values("wordlist/rude", ["a", "b"], ANNA)
    clock.advance(LOOK_S)
    assert hits(rules.reload(), "c", "a") == [0]
    assert rules.refusal == ""
