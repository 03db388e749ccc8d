"""The search commands on a data folder of their own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from event_rows import batch, post
from skywarden.app.data_folder import DataFolder
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected
from skywarden.log import SqliteLog


@pytest.fixture
def data(tmp_path: Path) -> str:
    """A data folder with three posts, indexed."""
    log = SqliteLog(DataFolder(tmp_path).log)
    texts = ["cheap watch", "cheap \u001b[31m café", "nothing"]
    log.append(batch([post(number, text=text) for number, text in enumerate(texts)]).rows, {})
    log.close()
    assert CliRunner().invoke(app, ["search", "rebuild", "--data", str(tmp_path)]).stdout == "3 documents\n"
    return str(tmp_path)


def test_a_query_needs_no_subcommand(data: str) -> None:
    short = CliRunner().invoke(app, ["search", "cheap", "watch", "--data", data])
    long = CliRunner().invoke(app, ["search", "find", "cheap watch", "--data", data])
    assert short.stdout == long.stdout
    assert "at://did:plc:alice/app.bsky.feed.post/r0\n    text: cheap watch\n" in short.stdout


def test_control_characters_of_strangers_do_not_reach_the_terminal(data: str) -> None:
    assert "cheap  [31m café" in CliRunner().invoke(app, ["search", "cafe", "--data", data]).stdout


def test_json_has_one_hit_a_line_with_its_highlights(data: str) -> None:
    result = CliRunner().invoke(app, ["search", "cheap", "--format", "json", "--limit", "1", "--data", data])
    hit = json.loads(result.stdout)
    assert (hit["offset"], hit["snippet"]["highlights"]) == (1, [[0, 5]])
    more = result.stderr.strip().removeprefix("more: ").split()
    [line] = CliRunner().invoke(app, ["search", "cheap", "--format", "json", *more, "--data", data]).stdout.splitlines()
    assert json.loads(line)["offset"] == 0


def test_status_tells_how_far_behind_the_log_the_index_is(data: str) -> None:
    log = SqliteLog(DataFolder(Path(data)).log)
    log.append(batch([post(9)]).rows, {})
    log.close()
    found = json.loads(CliRunner().invoke(app, ["search", "status", "--format", "json", "--data", data]).stdout)
    assert (found["documents"], found["position"], found["behind"]) == (3, 3, 1)


def test_a_query_that_cannot_be_meant_is_refused(data: str) -> None:
    result = CliRunner().invoke(app, ["search", "form:bob", "--data", data])
    assert isinstance(result.exception, Rejected)
    assert "did you mean from:?" in str(result.exception)
