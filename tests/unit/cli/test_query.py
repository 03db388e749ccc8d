"""`skywarden query` asks a data folder, part of it in segments and part still in the log."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from event_rows import batch, post
from skywarden.cli.main import app
from skywarden.kernel.clock import SystemClock
from skywarden.log import SqliteLog
from skywarden.storage import migrate, open_database
from skywarden.warehouse import Store
from skywarden.warehouse.compaction import Compaction

BOB = "did:plc:bob"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty posts, of which the warehouse has the first forty."""
    folder = tmp_path_factory.mktemp("data")
    rows = [
        post(n, did=BOB if n % 3 == 0 else "did:plc:alice", text=f"=gold {n}", domains=[f"d{n % 2}.example.com"])
        for n in range(60)
    ]
    db = open_database(f"sqlite:///{folder / 'moderation.db'}")
    migrate(db)
    log = SqliteLog(folder / "log.db")
    log.append(batch(rows[:40]).rows, {})
    compaction = Compaction(Store(folder / "warehouse", SystemClock()), log, db)
    while compaction.step().total:
        pass
    log.append(batch(rows[40:]).rows, {})
    log.close()
    db.close()
    return folder


def _run(folder: Path, *words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["query", *words, "--data", str(folder)], env={"COLUMNS": "200"})
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_events_come_from_the_segments_and_from_the_log(folder: Path) -> None:
    words = (
        'author.did == "did:plc:bob"',
        "--on",
        "post.created",
        "--format",
        "json",
        "--show",
        "word_count(post.text)",
    )
    lines = [json.loads(line) for line in _run(folder, *words).stdout.splitlines()]
    assert [line["offset"] for line in lines] == list(range(57, -1, -3))
    assert lines[0]["word_count(post.text)"] == 2
    assert lines[-1]["text"] == "=gold 0"


def test_a_table_shows_bars_and_what_was_before(folder: Path) -> None:
    words = ("", "--on", "post.created", "--group", "post.domains", "--since", "30s", "--against", "previous")
    text = _run(folder, *words).stdout
    assert "d0.example.com" in text
    assert "█" in text
    assert "2 of 2 groups of 30 events, 30 before" in text


def test_a_histogram_is_drawn(folder: Path) -> None:
    text = _run(folder, "--on", "post.created", "--since", "60s", "--histogram", "20s").stdout
    assert "60 events in buckets of 20s" in text


def test_csv_cells_that_a_spreadsheet_would_run_are_guarded(folder: Path) -> None:
    text = _run(folder, "", "--on", "post.created", "--format", "csv", "--limit", "2").stdout
    [head, first, _] = list(csv.reader(io.StringIO(text)))
    assert dict(zip(head, first, strict=True))["text"] == "'=gold 59"


def test_parquet_goes_to_a_file_named_so(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "top.parquet"
    _run(folder, "", "--on", "post.created", "--group", "author.did", "--out", str(out))
    assert pq.read_table(out).to_pylist()[0]["count"] == 40


def test_sql_sees_what_is_in_segments(folder: Path) -> None:
    words = ("--sql", "SELECT did, count(*) AS n FROM event GROUP BY did ORDER BY did", "--format", "json")
    lines = [json.loads(line) for line in _run(folder, *words).stdout.splitlines()]
    assert lines == [{"did": "did:plc:alice", "n": 26}, {"did": BOB, "n": 14}]


def test_a_timeline_joins_the_account_s_copy_and_the_log(folder: Path) -> None:
    text = _run(folder, "timeline", BOB, "--format", "json").stdout
    assert [json.loads(line)["number"] for line in text.splitlines()] == list(range(57, -1, -3))
    assert "20 events, 0 hits" in _run(folder, "timeline", BOB).stdout


def test_a_pivot_counts_first_and_then_names(folder: Path) -> None:
    assert "domains that it links to" in _run(folder, "pivot", BOB).stdout
    lines = _run(folder, "pivot", BOB, "domains", "--format", "json").stdout.splitlines()
    assert [json.loads(line)["entity"] for line in lines] == ["domain:d0.example.com", "domain:d1.example.com"]


def test_a_mistake_is_underlined_and_the_exit_code_is_2(folder: Path) -> None:
    result = _run(folder, "author.agee < 1 * days", "--on", "post.created", code=2)
    assert "^^^^^^^^^^^" in result.stderr
    assert "did you mean author.age?" in result.stderr


def test_a_saved_query_is_run_by_its_name_and_forgotten(folder: Path) -> None:
    _run(folder, "save", "golden", 'contains(post.text, "gold")', "--on", "post.created", "--group", "author.did")
    assert "golden" in _run(folder, "saved").stdout
    assert "2 of 2 groups of 60 events" in _run(folder, "run", "golden").stdout
    _run(folder, "forget", "golden")
    assert "golden" not in _run(folder, "saved").stdout


def test_a_wrong_query_is_not_saved(folder: Path) -> None:
    assert "did you mean" in _run(folder, "save", "x", "author.agee", code=2).stderr


def test_where_nothing_ran_a_question_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["query", "", "--data", str(tmp_path)])
    assert "no_data" in str(result.exception)
