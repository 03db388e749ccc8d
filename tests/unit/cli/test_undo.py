"""`skywarden undo`: said beforehand, asked, done, listed, put back."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from proposals import account
from skywarden.cli.main import app
from skywarden.cli.moment import read_moment
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.events import ModEventTag
from skywarden.storage import migrate, open_database
from undoing import Desk

NOW_US = UtcMicros(1_763_856_000_000_000)
"""2025-11-23T00:00:00Z."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three labels, a tag that a person set as well, and a comment."""
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    desk = Desk(db, ManualClock(at_us=NOW_US))
    for number in range(3):
        desk.act(account(number))
    desk.act(account(1), EffectKind.TAG, "odd")
    desk.person(account(1), ModEventTag(("odd",), ()))
    desk.act(account(1), EffectKind.COMMENT, "look")
    db.close()
    return tmp_path


def undo(data: Path, *arguments: str, answer: str = "") -> Result:
    environment = {"COLUMNS": "200"}
    return CliRunner().invoke(app, ["undo", *arguments, "--data", str(data)], env=environment, input=answer)


def labels(data: Path) -> int:
    db = open_database(f"sqlite:///{data / 'moderation.db'}")
    desk = Desk(db)
    found = sum(bool(desk.status(account(number)).labels) for number in range(3))
    db.close()
    return found


SINCE = ("--rule", "waves", "--since", "2025-11-22T00:00Z")


def words(result: Result) -> list[list[str]]:
    return [line.split() for line in result.stdout.splitlines()]


def test_a_dry_run_counts_by_kind_and_says_what_is_spared_and_why(data: Path) -> None:
    result = undo(data, *SINCE, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "5 decisions of rule waves"
    assert words(result)[1:5] == [
        ["kind", "outcome", "why", "decisions"],
        ["comment", "cannot", "be", "taken", "back", "1"],
        ["label", "taken", "back", "3"],
        ["tag", "spared", "a", "person", "decided", "the", "same", "1"],
    ]
    assert "1  2025-11-23T00:00:00Z  label spam  did:plc:account0  taken back" in result.stdout
    assert labels(data) == 3


def test_it_asks_and_no_is_an_answer(data: Path) -> None:
    result = undo(data, *SINCE, answer="n\n")
    assert (result.exit_code, labels(data)) == (1, 3)


def test_yes_takes_back_and_is_listed_and_shown(data: Path) -> None:
    result = undo(data, *SINCE, "--reason", "the list was wrong", answer="y\n")
    assert result.exit_code == 0
    assert "undo 1 is done: 5 of 5" in result.stdout
    assert labels(data) == 0
    assert "the list was wrong" in undo(data, "list").stdout
    shown = undo(data, "show", "1").stdout
    assert "because: the list was wrong" in shown
    assert "label  taken back  by decision" in shown
    assert "spared: a person decided the same (decision 5)" in shown


def test_an_undo_is_put_back_by_its_number(data: Path) -> None:
    undo(data, *SINCE, "--yes")
    result = undo(data, "--run", "1", "--yes")
    assert "undo 2 is done: 4 of 4" in result.stdout
    assert labels(data) == 3
    assert "puts back undo 1 of rule waves" in undo(data, "list").stdout


def test_one_decision_is_taken_back_by_its_number(data: Path) -> None:
    assert undo(data, "--decision", "2", "--yes").exit_code == 0
    assert labels(data) == 2


def test_an_undo_left_to_the_platform_can_be_stopped_and_resumed(data: Path) -> None:
    assert "undo 1 has begun" in undo(data, *SINCE, "--yes", "--detach").stdout
    assert "undo 1 is stopped at 0 of 0" in undo(data, "stop", "1").stdout
    assert labels(data) == 3
    assert "undo 1 is done: 5 of 5" in undo(data, "resume", "1").stdout
    assert labels(data) == 0


def test_a_period_in_which_the_rule_did_nothing_needs_no_answer(data: Path) -> None:
    result = undo(data, "--rule", "waves", "--since", "2025-11-24T00:00Z")
    assert (result.exit_code, words(result)[0]) == (0, ["0", "decisions", "of", "rule", "waves"])


@pytest.mark.parametrize(
    "arguments",
    [(), ("--rule", "waves"), ("--rule", "waves", "--run", "1"), ("--decision", "5"), ("--run", "1"), ("show", "7")],
)
def test_what_cannot_be_meant_is_refused(data: Path, arguments: tuple[str, ...]) -> None:
    assert isinstance(undo(data, *arguments).exception, Rejected)


@pytest.mark.parametrize(
    "text, seconds",
    [("90s", -90), ("2m", -120), ("1h", -3_600), ("2025-11-22T23:59:00Z", -60), ("2025-11-23T02:00:00+01:00", 3_600)],
)
def test_a_moment_is_a_span_ago_or_a_time(text: str, seconds: int) -> None:
    assert read_moment(text, NOW_US, "--since") == NOW_US + seconds * 1_000_000


@pytest.mark.parametrize("text", ["", "yesterday", "3 days", "12", "2025-13-01"])
def test_other_words_are_no_moment(text: str) -> None:
    with pytest.raises(Rejected, match="--since"):
        read_moment(text, NOW_US, "--since")
