"""The quarantine can be listed, shown and retried from the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest_frames import commit_frame, post
from reading import NOW
from skywarden.cli.main import app
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.kernel.errors import Broken
from skywarden.log.contract import QuarantineEntry
from skywarden.log.sqlite import SqliteLog

FRAME = commit_frame({"app.bsky.feed.post/3migo7fijwi2k": post("late")})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one good and one bad input in quarantine."""
    log, accounts = SqliteLog(tmp_path / "log.db"), AccountTable(tmp_path / "accounts.db")
    entries = [QuarantineEntry("relay", "41", "busy", "was busy", FRAME, NOW)]
    entries.append(QuarantineEntry("relay", "42", "frame-header", "no header", b"\xff<script>", NOW))
    log.append(accounts.stamp(FirehoseDecoder("relay").take().rows), {}, entries)
    log.close()
    accounts.close()
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["quarantine", *arguments, "--data", str(folder)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_list_names_number_position_and_reason(folder: Path) -> None:
    code, text = run(folder, "list")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == ["1", "2"]
    assert "relay  42  9 B  frame-header" in text


def test_show_prints_the_reason_and_the_bytes(folder: Path) -> None:
    _, text = run(folder, "show", "2")
    assert "detail    no header" in text
    assert "ff 3c 73 63 72 69 70 74 3e" in text
    assert ".<script>" in text


def test_show_raw_writes_the_bytes_as_they_are(folder: Path) -> None:
    result = CliRunner().invoke(app, ["quarantine", "show", "1", "--raw", "--data", str(folder)])
    assert result.stdout_bytes == FRAME


def test_retry_resolves_what_is_good_and_says_what_stays(folder: Path) -> None:
    code, text = run(folder, "retry")
    assert code == 1
    assert "1  1 events appended" in text
    assert "2  stays: " in text
    assert [line.split()[0] for line in run(folder, "list")[1].splitlines()] == ["2"]
    assert "resolved" in run(folder, "list", "--all")[1]


def test_retry_is_refused_while_the_platform_owns_the_log(folder: Path) -> None:
    owner = SqliteLog(folder / "log.db")
    with pytest.raises(Broken):
        run(folder, "retry")
    assert run(folder, "list")[0] == 0
    owner.close()
