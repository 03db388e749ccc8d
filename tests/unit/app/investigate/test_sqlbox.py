"""Analysts' SQL reads the warehouse's tables, and nothing else whatever they write."""

from pathlib import Path

import duckdb
import pytest

from skywarden.app.investigate.sqlbox import SqlBox, SqlLimits, TableViews
from skywarden.kernel.errors import Rejected, Retryable

_TIGHT = SqlLimits(rows=100, seconds=0.5, memory_mb=128, threads=1)


@pytest.fixture
def box(tmp_path: Path) -> SqlBox:
    """Two small tables in a folder, and a secret beside it."""
    folder = tmp_path / "warehouse"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("name\nkey\n")
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE e AS SELECT i AS \"offset\", 'did:plc:' || (i % 3) AS did, 'gold ' || i AS text,"
            " ['a.example'] AS domains, i * 1000000 AS time_us FROM range(50) t(i)"
        )
        connection.execute(f"COPY e TO '{folder}/event.parquet'")
    views = {
        "event": f"SELECT * FROM read_parquet('{folder}/event.parquet')",
        "label": "SELECT 1 AS seq, 'spam' AS val",
    }
    return SqlBox(lambda: TableViews(views, folder), _TIGHT)


def test_a_select_gives_its_rows_with_names_and_types(box: SqlBox) -> None:
    answer = box.run("SELECT did, count(*) AS n FROM event GROUP BY did ORDER BY n DESC, did LIMIT 2")
    assert answer.columns == ("did", "n")
    assert answer.types == ("VARCHAR", "BIGINT")
    assert answer.rows == (("did:plc:0", 17), ("did:plc:1", 17))
    assert not answer.is_cut


@pytest.mark.parametrize(
    "text",
    [
        "WITH t AS (SELECT did FROM event) SELECT count(DISTINCT did) FROM t",
        "SELECT e.did, u.d FROM event e, unnest(e.domains) AS u(d) LIMIT 3;",
        "SELECT time_bucket(INTERVAL 1 hour, make_timestamp(time_us)) AS hour, count(*) FROM event GROUP BY ALL",
        "SELECT *, row_number() OVER (PARTITION BY did ORDER BY time_us) AS n FROM event QUALIFY n = 1",
        "SELECT list_transform([1, 2], lambda x: x + 1), CASE WHEN did LIKE '%0' THEN 1 ELSE 0 END FROM event LIMIT 1",
        "SELECT (SELECT max(seq) FROM label), regexp_extract(text, 'g(ol)d', 1) FROM event -- a comment",
        "SELECT val FROM label UNION ALL SELECT did FROM event WHERE did IN ('did:plc:1') AND time_us BETWEEN 0 AND 9",
        "SELECT * EXCLUDE (text) FROM event WHERE EXISTS (SELECT 1 FROM label WHERE val = 'spam') LIMIT 5",
        "SELECT 'DROP TABLE event; read_csv(''/etc/passwd'')' AS text",
        "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 9) SELECT max(x) FROM t",
        "SELECT text ->> '$.a' FROM (SELECT '{\"a\": 1}' AS text)",
        "SELECT ANY_VALUE(did) FILTER (WHERE time_us > 3), TRY_CAST('x' AS INTEGER) FROM event",
    ],
)
def test_what_analysts_write_is_answered(box: SqlBox, text: str) -> None:
    assert box.run(text).columns


_REFUSED = [
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('{folder}/event.parquet')",
    "SELECT * FROM parquet_metadata('{folder}/event.parquet')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '{secret}'",
    "FROM '{secret}'",
    'SELECT * FROM "{secret}"',
    "SELECT * FROM 'https://example.com/x.parquet'",
    "SELECT * FROM 's3://bucket/x.parquet'",
    "SELECT getenv('HOME')",
    "SELECT GETENV('HOME')",
    "SELECT \"getenv\"('HOME')",
    "SELECT main.getenv('HOME')",
    "SELECT current_setting('memory_limit')",
    "SELECT getvariable('x')",
    "SELECT nextval('s')",
    "SELECT write_log('x')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM main.event",
    "SELECT * FROM memory.main.event",
    "SELECT * FROM system.main.duckdb_views",
    "SELECT * FROM pragma_table_info('event')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('event')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM event WHERE did = (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT (SELECT count(*) FROM glob('/*')) FROM event",
    "WITH t AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM t",
    "SELECT * FROM event JOIN read_text('/etc/passwd') ON true",
    "SELECT * FROM (VALUES (getenv('HOME')))",
    "SELECT count(*) FILTER (WHERE getenv('HOME') = '') FROM event",
    "SELECT * FROM event ORDER BY getenv('HOME')",
    "SELECT did FROM event GROUP BY did, getenv('HOME')",
    "SELECT sum(time_us) OVER (ORDER BY getenv('HOME')) FROM event",
    "SELECT * FROM event LIMIT (SELECT length(getenv('HOME')))",
    "SELECT list_transform([1], lambda x: getenv('HOME'))",
    "SELECT * REPLACE (getenv('HOME') AS did) FROM event",
    "SELECT * FROM event UNION SELECT * FROM read_text('/etc/passwd')",
    "WITH \"{secret}\" AS (SELECT 1) SELECT * FROM '{secret}'",
    "SELECT * FROM (WITH \"{secret}\" AS (SELECT 1) SELECT 1), '{secret}'",
    "WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings",
    "SELECT $1",
    "SELECT ?",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW event",
    "SELECT 1;\n-- x\n; ATTACH '{secret}'",
    "/* SELECT */ DROP VIEW event",
    "DROP VIEW event",
    "CREATE TABLE x AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "CREATE OR REPLACE FUNCTION getx() AS getenv('HOME')",
    "INSERT INTO event SELECT * FROM event",
    "DELETE FROM event",
    "UPDATE event SET did = ''",
    "COPY event TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "EXPORT DATABASE '/tmp/x'",
    "ATTACH '/tmp/x.db'",
    "ATTACH ':memory:' AS x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit='10GB'",
    "RESET memory_limit",
    "CALL pragma_version()",
    "EXPLAIN ANALYZE SELECT 1",
    "DESCRIBE event",
    "SUMMARIZE event",
    "SHOW TABLES",
    "PREPARE x AS SELECT 1",
    "EXECUTE x",
    "BEGIN",
    "CHECKPOINT",
    "VACUUM",
    "USE memory",
    "PIVOT event ON did USING count(*)",
    "SELECT repeat('a', 1000000000)",
    "SELECT lpad('a', 1000000000, 'b')",
    "SELECT range(1000000000000)",
    "SELECT printf('%1000000000d', 1)",
    "",
    "   ",
    "-- nothing",
    "SELECT",
    "SELECT * FROM",
    "x",
    "SELECT 1 FROM event AT (VERSION => 1)",
]


@pytest.mark.parametrize("text", _REFUSED)
def test_an_attack_is_refused(box: SqlBox, tmp_path: Path, text: str) -> None:
    given = text.replace("{secret}", str(tmp_path / "secret.csv")).replace("{folder}", str(tmp_path / "warehouse"))
    with pytest.raises(Rejected) as raised:
        box.run(given)
    assert raised.value.reason in ("SqlRefused", "SqlSyntax")


@pytest.mark.parametrize(
    "text",
    [
        "WITH RECURSIVE t AS (SELECT 1 x UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t",
        "WITH RECURSIVE t AS (SELECT 'a' x UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
        "SELECT count(*) FROM range(1000000000) a, range(1000000000) b",
        "SELECT count(*) FROM event a, event b, event c, event d, event e, event f, event g, event h",
        "SELECT list(a) FROM range(100000000000) t(a)",
    ],
)
def test_a_bomb_ends_by_the_caps(box: SqlBox, text: str) -> None:
    with pytest.raises(Rejected) as raised:
        box.run(text)
    assert raised.value.reason in ("SqlTooSlow", "SqlTooLarge")


def test_more_rows_than_may_be_given_are_cut(box: SqlBox) -> None:
    answer = box.run("SELECT * FROM range(100000000)", limit=7)
    assert len(answer.rows) == 7
    assert answer.is_cut
    assert len(box.run("SELECT * FROM range(1000)", limit=5_000).rows) == 100


def test_a_refusal_shows_the_place(box: SqlBox) -> None:
    with pytest.raises(Rejected) as raised:
        box.run("SELECT did,\n  getenv('HOME')\nFROM event")
    assert "the function getenv, which is not allowed here" in str(raised.value)
    assert "    getenv('HOME')\n    ^" in raised.value.hint


def test_an_unknown_table_is_told_with_those_that_there_are(box: SqlBox) -> None:
    with pytest.raises(Rejected, match="there are: event, label"):
        box.run("SELECT * FROM events")


def test_an_error_of_the_database_is_told_as_it_is(box: SqlBox) -> None:
    with pytest.raises(Rejected, match="nothing"):
        box.run("SELECT nothing FROM event")


def test_a_question_that_nobody_waits_for_ends(box: SqlBox) -> None:
    def gone(_events: int) -> None:
        raise Retryable("gone")

    with pytest.raises(Retryable, match="gone"):
        box.run("SELECT count(*) FROM range(1000000000) a, range(1000000000) b", checkpoint=gone)


def test_the_connection_itself_reads_no_other_file(tmp_path: Path, box: SqlBox) -> None:
    """The second wall stands by itself: here a view, which no guard looks into, points outside of the folder."""
    views = TableViews({"event": f"SELECT * FROM read_csv('{tmp_path}/secret.csv')"}, tmp_path / "warehouse")
    with pytest.raises(Rejected, match="SqlFailed"):
        SqlBox(lambda: views, _TIGHT).run("SELECT * FROM event")
