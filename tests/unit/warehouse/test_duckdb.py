"""SELECT statements over the warehouse: what they see, and what they may not do or cost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from event_rows import batch
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Broken, Rejected, SkywardenError
from skywarden.warehouse import Store
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.duckdb import QueryLimits, Warehouse
from skywarden.warehouse.merge import merge_once
from skywarden.warehouse.tables import TABLES
from warehouse_rows import compacted, event, filled_log


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    made = Warehouse(compacted(tmp_path_factory.mktemp("warehouse"), filled_log(160), 80), memory_mb=100)
    yield made
    made.close()


def test_every_table_is_there_even_without_rows(tmp_path: Path) -> None:
    (tmp_path / "warehouse").mkdir()
    empty = Warehouse(Store(tmp_path / "warehouse", ManualClock()))
    for spec in TABLES:
        found = empty.query(f"SELECT * FROM {spec.name}")
        assert found.schema.names == [*spec.columns.names, "day", "part", *(name for name, _ in spec.computed)]
        assert len(found) == 0
    empty.close()


def test_events_have_their_day_part_and_uri(warehouse: Warehouse) -> None:
    found = warehouse.query(
        'SELECT day, part, uri FROM event WHERE "offset" IN ($a, $b) ORDER BY "offset"', {"a": 0, "b": 3}
    )
    assert [(str(row["day"]), row["part"], row["uri"]) for row in found.to_pylist()] == [
        ("2025-06-15", "post", "at://did:plc:0/app.bsky.feed.post/r0"),
        ("2025-06-15", "identity", "did:plc:3"),
    ]


def test_an_account_is_looked_up_in_its_own_order(warehouse: Warehouse) -> None:
    query = 'SELECT "offset" FROM account_event WHERE did = $did ORDER BY "offset"'
    assert warehouse.query(query, {"did": "did:plc:3"}).column(0).to_pylist() == list(range(3, 160, 7))


def test_a_query_sees_what_was_taken_over_since_the_last(tmp_path: Path) -> None:
    clock, log = ManualClock(), filled_log(40)
    store = compacted(tmp_path, log, 10, clock)
    warehouse = Warehouse(store)
    log.append(batch([event(40)]).rows, {})
    assert warehouse.query("SELECT count(*) FROM event").column(0).to_pylist() == [40]
    compact_log(store, log)
    while merge_once(store):
        pass
    clock.advance(1_000)
    store.collect()
    assert warehouse.query("SELECT count(*), count(text) FROM event").to_pylist()[0]["count_star()"] == 41
    warehouse.close()


def test_rows_beyond_the_limit_are_cut(warehouse: Warehouse) -> None:
    assert len(warehouse.query("SELECT * FROM event, event e", limits=QueryLimits(rows=7))) == 7


def test_a_query_that_takes_too_long_is_ended(warehouse: Warehouse) -> None:
    endless = "SELECT count(*) FROM range(100000000000) a, range(1000000) b"
    with pytest.raises(Rejected, match="query_too_slow"):
        warehouse.query(endless, limits=QueryLimits(seconds=0.2))
    assert len(warehouse.query("SELECT 1")) == 1


def test_a_query_that_needs_too_much_memory_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(Rejected, match="query_too_large"):
        warehouse.query("SELECT list(a || 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') FROM range(9000000) t(a)")


@pytest.mark.parametrize(
    "sql",
    [
        "COPY event TO 'x.csv'",
        "CREATE TABLE t AS SELECT 1",
        "SELECT 1; SELECT 2",
        "",
        "SET threads = 9",
        "ATTACH 'x.db' AS x",
        "PRAGMA database_list",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT content FROM read_text('/etc/hostname')",
        "INSTALL httpfs",
        "SELECT nothing FROM event",
        "SELEC 1",
    ],
)
def test_only_one_select_over_the_tables_is_run(warehouse: Warehouse, sql: str) -> None:
    with pytest.raises(SkywardenError):
        warehouse.query(sql)


def test_a_damaged_segment_is_told(tmp_path: Path) -> None:
    store = compacted(tmp_path, filled_log(20))
    store.path(next(one.path for one in store.manifest().of("event"))).write_bytes(b"PAR1 and nothing more")
    warehouse = Warehouse(store)
    with pytest.raises((Broken, Rejected)):
        warehouse.query("SELECT * FROM event")
    warehouse.close()
