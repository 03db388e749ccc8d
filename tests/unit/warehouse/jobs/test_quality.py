"""Each check of the warehouse's data passes on good data and fails on what it is made for."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from job_tables import DAY, Row, at, events, post
from skywarden.kernel.ids import UtcMicros
from skywarden.storage import migrate, open_database
from skywarden.warehouse.jobs.duckdb import MemoryTables
from skywarden.warehouse.jobs.quality import Check, check_quality
from skywarden.warehouse.jobs.quality_table import QualityTable
from skywarden.warehouse.manifest import Manifest, Segment
from skywarden.warehouse.segment import fields_of
from skywarden.warehouse.tables import EVENT

HOUR = 3_600_000_000
LAST_US = DAY.stop_us + HOUR - 1
"""The first hour after the window's day is about to end; the newest closed one is the day's last."""


def segment(fields: str) -> Segment:
    return Segment("a", "event", "2026-03-09", "post", 1, 1, "", 0, 1, 0, LAST_US, fields)


def steady(days: Iterable[int] = range(8), each: int = 120) -> list[dict[str, object]]:
    """As many posts in the last hour of each day; every one with all that a post has."""
    return [
        post(f"p{n}", at(day, 23) + n * 1_000_000, rkey=f"r{n}", rev=f"v{day}-{n}", cid="c", text="x", record="{}")
        for day in days
        for n in range(each)
    ]


def checked(rows: list[dict[str, object]], fields: str = "", now_us: int = LAST_US + 60_000_000) -> dict[str, Check]:
    manifest = Manifest(segments=(segment(fields or fields_of(EVENT)),))
    table = events(rows)  # with the partition column of the warehouse's views
    ask = MemoryTables({"event": table.append_column("day", pa.nulls(len(table), pa.date32()))})
    try:
        found = check_quality(ask, manifest, {"event": EVENT}, UtcMicros(now_us))
    finally:
        ask.close()
    return {f"{check.name} {check.item}".rstrip(): check for check in found}


def failed(found: dict[str, Check]) -> set[str]:
    return {name for name, check in found.items() if not check.is_good}


def test_steady_data_pass_every_check() -> None:
    found = checked(steady())
    assert failed(found) == set()
    assert {"freshness", "volume", "null-share text", "schema", "duplicates offset"} <= set(found)


def test_a_stream_that_stopped_is_not_fresh() -> None:
    assert failed(checked(steady(), now_us=LAST_US + 2 * HOUR)) == {"freshness"}


@pytest.mark.parametrize("today", [10, 900])
def test_an_hour_with_far_fewer_or_more_rows_than_usual_fails(today: int) -> None:
    assert "volume" in failed(checked([*steady(range(1, 8)), *steady([0], today)]))


def test_a_column_that_is_suddenly_empty_fails() -> None:
    rows: list[Row] = [*steady(range(1, 8)), *({**row, "record": None} for row in steady([0]))]
    assert failed(checked([dict(row) for row in rows])) == {"null-share record"}


def test_a_segment_with_other_columns_fails() -> None:
    assert failed(checked(steady(), fields="other")) == {"schema"}


def test_an_operation_that_is_there_twice_fails() -> None:
    rows = steady()
    assert failed(checked([*rows, rows[5]])) == {"duplicates operation"}


def test_an_empty_warehouse_has_nothing_to_check() -> None:
    ask = MemoryTables({"event": pa.table({"time_us": pa.array([], pa.int64())})})
    assert check_quality(ask, Manifest(), {"event": EVENT}, UtcMicros(0)) == []
    ask.close()


def test_outcomes_replace_one_another_and_failures_come_first(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'm.db'}")
    migrate(db)
    table = QualityTable(db)
    good, bad = Check("event", "schema", "", 0.0, 0.0, "fine"), Check("event", "volume", "", 9.0, 3.0, "too much")
    table.replace([good], UtcMicros(1))
    table.replace([good, bad], UtcMicros(2))
    assert [one.check for one in table.all()] == [bad, good]
    table.replace([], UtcMicros(3))
    assert table.all() == []
    db.close()
