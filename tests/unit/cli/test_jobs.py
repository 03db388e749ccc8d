"""`skywarden jobs`: what there is, what waits and why, run by hand, failed pushes tried again."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from proposals import LABELER, account, make_effect
from skywarden.cli.main import app
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.effect import EffectKind
from skywarden.moderation.pushes import PDS, Attempt, PushQueue
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import migrate, open_database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A database with three takedowns for the PDS: one waits, one was put off, one was refused."""
    db, clock = open_database(f"sqlite:///{tmp_path / 'moderation.db'}"), SystemClock()
    migrate(db)
    moderation = ModerationService(db, LABELER, clock=clock, metrics=Metrics(), push_targets=frozenset({PDS}))
    effects = [make_effect(n, account(n), kind=EffectKind.TAKEDOWN) for n in range(3)]
    moderation.outbox.store([], effects, Offset(3))
    moderation.decide_pending()
    queue = PushQueue(db)
    away, gone, _ = queue.due(PDS, clock.now_us(), 3)
    queue.settle([Attempt(away, "the PDS is away"), Attempt(gone, "400 RepoNotFound: gone", True)], clock.now_us())
    db.close()
    return tmp_path


def jobs(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["jobs", *arguments, "--data", str(data)], env={"COLUMNS": "200"})


def test_every_job_is_listed_with_what_waits_for_it_and_why_it_is_idle(data: Path) -> None:
    lines = {line.split()[0]: line for line in jobs(data, "list").output.splitlines()}
    assert "idle: network.pds_url is not set" in lines["push-pds"]
    assert lines["push-pds"].split()[-1] == "2"
    assert "never ran" in lines["expiry"]
    assert "report-statistics" in lines


def test_a_run_by_hand_is_kept_with_its_result(data: Path) -> None:
    assert jobs(data, "run", "strikes").output == "strikes: 0 done\n"
    line = next(line for line in jobs(data, "list").output.splitlines() if line.startswith("strikes"))
    assert "ok: 0 done" in line


def test_an_idle_job_says_why_it_does_not_run(data: Path) -> None:
    assert jobs(data, "run", "push-pds").output == "push-pds: idle: network.pds_url is not set\n"


@pytest.mark.parametrize("arguments", [["run"], ["run", "nonsense"], ["run", "strikes", "--all"]])
def test_a_run_needs_the_name_of_a_job_or_all(data: Path, arguments: list[str]) -> None:
    assert isinstance(jobs(data, *arguments).exception, Rejected)


def test_what_waits_and_what_was_refused_is_shown_with_the_words_of_the_service(data: Path) -> None:
    output = jobs(data, "pending").output
    assert "did:plc:account0" in output
    assert "the PDS is away" in output
    assert "FAILED  400 RepoNotFound: gone" in output
    assert "pds: 1 failed" in output
    assert "pds: 2 waiting" in output


def test_what_was_refused_is_tried_again_when_asked(data: Path) -> None:
    assert jobs(data, "retry").output == "1 will be tried again\n"
    assert "FAILED" not in jobs(data, "pending").output
    assert jobs(data, "retry", "1", "2").output == "0 will be tried again\n"


def test_a_folder_without_a_database_is_refused(tmp_path: Path) -> None:
    assert "no_data" in str(jobs(tmp_path, "list").exception)
    assert not (tmp_path / "moderation.db").exists()
