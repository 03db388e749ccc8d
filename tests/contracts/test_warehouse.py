"""What every warehouse promises, run over Parquet with DuckDB and over ClickHouse's engine behind HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from event_rows import START_US
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.warehouse import Store
from skywarden.warehouse.clickhouse import ClickhouseTables
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.contract import QueryLimits, Tables
from skywarden.warehouse.duckdb import Warehouse
from skywarden.warehouse.parquet import ParquetTables
from skywarden.warehouse.tables import EVENT, HIT, TABLES
from warehouse_rows import filled_log

DAY_US = 86_400_000_000
_names = count()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a ClickHouse of this file's own."""
    script = Path(__file__).parents[1] / "servers" / "clickhouse_server.py"
    args = [sys.executable, str(script), str(tmp_path_factory.mktemp("clickhouse"))]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield int(child.stdout.readline())
        child.kill()  # a question that was given up may still run in it, and its end would wait for that


@pytest.fixture(params=["parquet", "clickhouse"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    if request.param == "parquet":
        store = Store(tmp_path / "warehouse", ManualClock())
        store.folder.mkdir()
        asked = Warehouse(store)
        yield ParquetTables(store, asked)
        asked.close()
        return
    port, name = request.getfixturevalue("engine"), f"w{next(_names)}"
    first = ClickhouseTables(f"clickhouse://127.0.0.1:{port}/default")
    first.make_database(name)
    made = ClickhouseTables(f"clickhouse://127.0.0.1:{port}/{name}")
    yield made
    made.close()
    first.close()


def fill(tables: Tables, events: int = 60) -> None:
    log = filled_log(events)
    while compact_log(tables, log, 25):
        pass


def one(tables: Tables, sql: str, **params: object) -> object:
    [value] = tables.query(sql, params).column(0).to_pylist()
    return value


def hits(*offsets: int) -> pa.Table:
    rows = [{"offset": n, "rule": "r", "version": "v", "time_us": START_US, "did": "d", "uri": "u"} for n in offsets]
    return pa.Table.from_pylist(rows, schema=HIT.columns)


def test_every_table_can_be_asked_before_it_has_rows(tables: Tables) -> None:
    assert [one(tables, f"SELECT count(*) FROM {spec.name}") for spec in TABLES] == [0] * len(TABLES)


def test_rows_come_over_whole_with_day_part_and_uri(tables: Tables) -> None:
    fill(tables)
    assert one(tables, "SELECT count(*) FROM event") == 60
    assert one(tables, "SELECT count(*) FROM account_event WHERE did = $did", did="did:plc:3") == 9
    query = 'SELECT "offset", part, uri, text, langs FROM event WHERE "offset" <= $upto ORDER BY "offset"'
    found = tables.query(query, {"upto": 3}).to_pylist()
    assert [row["part"] for row in found] == ["post", "like", "deleted", "identity"]
    assert [row["uri"] for row in found][0::3] == ["at://did:plc:0/app.bsky.feed.post/r0", "did:plc:3"]
    assert (found[0]["text"], found[1]["text"], found[0]["langs"]) == ("text 0", None, ["en"])
    assert one(tables, "SELECT count(*) FROM event WHERE day = '2025-06-15' AND part = 'post'") == 13


def test_the_cursor_says_how_far_a_source_was_read(tables: Tables) -> None:
    fill(tables)
    with tables.taking(EVENT.name) as taking:
        assert taking.cursor == 60
    with tables.taking(HIT.name) as taking:
        assert taking.cursor == 0
        taking.add(HIT, hits(3, 5), "all")
        taking.finish(6)
    with tables.taking(HIT.name) as taking:
        assert taking.cursor == 6
    assert one(tables, "SELECT count(*) FROM hit") == 2


def test_what_was_not_finished_does_not_come_twice(tables: Tables) -> None:
    with tables.taking(HIT.name) as taking:
        taking.add(HIT, hits(1), "all")
        taking.finish(2)
    with tables.taking(HIT.name) as taking:
        taking.add(HIT, hits(2, 3), "all")
    with tables.taking(HIT.name) as taking:
        assert taking.cursor == 2
        taking.add(HIT, hits(2, 3, 4), "all")
        taking.finish(5)
    assert one(tables, "SELECT count(*) FROM hit") == 4


def test_the_content_of_an_account_and_of_a_record_is_blanked(tables: Tables) -> None:
    fill(tables)
    before = one(tables, "SELECT count(text) FROM event")
    gone = one(tables, 'SELECT count(text) FROM event WHERE did = $did OR "offset" = 5', did="did:plc:4")
    assert tables.forget(["did:plc:4", "at://did:plc:5/app.bsky.feed.post/r5000"]) > 0
    assert isinstance(before, int)
    assert isinstance(gone, int)
    assert one(tables, "SELECT count(text) FROM event") == before - gone
    assert one(tables, "SELECT count(text) FROM account_event WHERE did = 'did:plc:4'") == 0
    assert one(tables, "SELECT count(*) FROM event") == 60
    assert tables.forget(["did:plc:4"]) == 0


def test_days_that_are_over_go(tables: Tables) -> None:
    fill(tables, 160)
    now_us = UtcMicros(START_US + DAY_US)
    assert tables.expire({"event": 0}, now_us) == 0
    later = one(tables, "SELECT count(*) FROM event WHERE day >= '2025-06-16'")
    assert isinstance(later, int)
    assert tables.expire({"event": 0, "account_event": 0}, now_us) == 0
    assert tables.expire({"event": 1}, UtcMicros(now_us + DAY_US)) == 160 - later
    assert one(tables, "SELECT count(*) FROM event") == later


@pytest.mark.parametrize(
    "sql", ["DROP TABLE hit", "", "SELEC 1", "SELECT nothing FROM event", "SELECT 1; DROP TABLE hit"]
)
def test_only_a_select_that_is_right_is_answered(tables: Tables, sql: str) -> None:
    with pytest.raises(Rejected):
        tables.query(sql)


def test_a_query_is_cut_and_ended(tables: Tables) -> None:
    fill(tables)
    found = tables.query("SELECT e.did FROM event e CROSS JOIN event f", limits=QueryLimits(rows=7))
    assert len(found) == 7
    with pytest.raises(Rejected, match="query_too_slow"):
        tables.query(
            "SELECT count(*) FROM event a, event b, event c, event d, event e, event f", limits=QueryLimits(seconds=0.3)
        )
