"""`skywarden ingest` prints what Jetstream would have sent, tells what it refused, or appends to the log."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest_frames import POST, commit_frame, post
from shared_data import ROOT, present
from skywarden.cli.main import app
from skywarden.log.sqlite import SqliteLog

FIREHOSE = ROOT / "firehose"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ingest", *arguments])


def summary(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stderr.splitlines()[-1])
    return found


def without_time(text: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        del line["time_us"]
    return lines


def test_it_prints_what_production_jetstream_served() -> None:
    expected = present(FIREHOSE / "jetstream_v1_expected.jsonl").read_text()
    documents = str(FIREHOSE / "did_docs.json")
    result = run(
        f"frames:{FIREHOSE / 'relay.frames'}", "--print", "jetstream", "--verify", "full", "--did-docs", documents
    )
    assert result.exit_code == 0
    assert without_time(result.stdout) == without_time(expected)
    counts = summary(result)
    assert (counts["frames"], counts["events"], counts["verified"], counts["quarantined"]) == (75, 77, 75, 0)


def recording(folder: Path, *frames: bytes) -> str:
    path = folder / "made.frames"
    path.write_bytes(b"".join(len(frame).to_bytes(4, "little") + frame for frame in frames))
    return f"frames:{path}"


def test_what_is_refused_is_told_and_counted(tmp_path: Path) -> None:
    good = commit_frame({POST: post("\x1b[31m[bold]not markup[/bold]")})
    result = run(recording(tmp_path, good, b"\xff", good), "--print", "table")
    assert result.exit_code == 0
    assert "[bold]not" in result.stdout
    assert "\x1b[31m" not in result.stdout
    assert "quarantined at" in result.stderr
    assert summary(result)["quarantined"] == 1


def test_with_a_data_folder_it_appends_and_a_second_run_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    source = recording(tmp_path, *[commit_frame({POST: post()}, seq=seq) for seq in range(1, 4)])
    assert summary(run(source, "--data", str(tmp_path / "data")))["events"] == 3
    assert summary(run(source, "--data", str(tmp_path / "data")))["events"] == 0
    log = SqliteLog(tmp_path / "data/log.db")
    try:
        assert (log.end_offset(), log.cursor(source)) == (3, str((tmp_path / "made.frames").stat().st_size))
    finally:
        log.close()


@pytest.mark.parametrize("arguments", [["frames:absent"], ["parquet:x"], ["car:absent"]])
def test_a_source_that_cannot_be_read_is_refused(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert result.stdout == ""
