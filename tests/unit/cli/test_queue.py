"""`skywarden queue`: what is in the queues is listed, and reports are routed by hand."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from report_rows import RUDE, Desk, accounts
from skywarden.cli.main import app
from skywarden.storage import migrate, open_database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A queue made after two of three reports were routed; the other one is not yet."""
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    desk = Desk(db)
    desk.report(*accounts(2))
    desk.router.route(10)
    desk.queue("spam")
    desk.report(accounts(3)[2], reason_type=RUDE)
    db.close()
    return tmp_path


def run(data: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["queue", *words, "--data", str(data)])
    assert result.exception is None, result.output
    return " ".join(result.output.split())


def test_queues_are_listed_with_what_they_take_and_hold(data: Path) -> None:
    listed = run(data, "list")
    assert "1 spam account: Spam 0 0 0" in listed
    assert "-1 in no queue 3" in listed
    assert "1 not routed yet" in listed


def test_what_is_not_routed_is_routed_and_then_nothing_is(data: Path) -> None:
    assert run(data, "route") == "1 routed"
    assert run(data, "route") == "0 routed"


def test_a_new_queue_takes_reports_that_were_there_before_it(data: Path) -> None:
    assert run(data, "route", "--from", "1", "--to", "20000") == "2 routed, 1 in no queue"
    assert "1 spam account: Spam 2" in run(data, "list")


@pytest.mark.parametrize("words", [["--from", "3"], ["--to", "3"], ["--from", "3", "--to", "1"]])
def test_half_a_range_is_refused(data: Path, words: list[str]) -> None:
    result = CliRunner().invoke(app, ["queue", "route", *words, "--data", str(data)])
    assert "bad range" in str(result.exception)
