"""`skywarden warehouse` fills, shows and checks the history of a data folder, and takes requests to forget."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from event_rows import batch
from skywarden.app.backend import open_own_database
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected
from skywarden.log import SqliteLog
from skywarden.moderation.forgetting import Forgetting
from skywarden.settings import load_settings
from warehouse_rows import event

runner = CliRunner()


@pytest.fixture
def data(tmp_path: Path) -> str:
    """A data folder whose platform took 30 events in."""
    open_own_database(load_settings(None, {}, {"data": str(tmp_path)})).close()
    log = SqliteLog(tmp_path / "log.db")
    log.append(batch([event(number) for number in range(30)]).rows, {})
    log.close()
    return str(tmp_path)


def run(*words: str) -> str:
    result = runner.invoke(app, ["warehouse", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_compact_takes_everything_over_and_status_shows_it(data: str) -> None:
    assert json.loads(run("status", "--data", data, "--format", "json"))["event"]["waiting"] == 30
    assert json.loads(run("compact", "--data", data, "--format", "json"))["rows"] == 30
    shown = json.loads(run("status", "--data", data, "--format", "json"))
    assert (shown["event"]["rows"], shown["event"]["waiting"], shown["account_event"]["rows"]) == (30, 0, 30)
    assert "2025-06-15" in run("status", "--data", data)


def test_verify_names_a_damaged_file_and_fails(data: str) -> None:
    run("compact", "--data", data)
    assert "every byte as it was written" in run("verify", "--data", data)
    victim = next((Path(data) / "warehouse" / "event").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    result = runner.invoke(app, ["warehouse", "verify", "--data", data, "--format", "json"])
    assert result.exit_code == 1
    [damaged] = json.loads(result.stdout)["damaged"]
    assert damaged["path"].endswith(victim.name)


def test_forget_leaves_a_request_for_the_platform(data: str) -> None:
    record = "at://did:plc:4/app.bsky.feed.post/r4000"
    assert run("forget", "did:plc:3", record, "--data", data).startswith("2 will be forgotten")
    database = open_own_database(load_settings(None, {}, {"data": data}))
    assert {request.uri for request in Forgetting(database).waiting(9)} == {"did:plc:3", record}
    database.close()


@pytest.mark.parametrize("subject", ["alice.example", "at://did:plc:4", "at://alice.example/app.bsky.feed.post/r4"])
def test_only_a_did_or_the_uri_of_a_record_can_be_forgotten(data: str, subject: str) -> None:
    result = runner.invoke(app, ["warehouse", "forget", subject, "--data", data])
    assert isinstance(result.exception, Rejected)
