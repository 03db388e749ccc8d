"""Change constraints of SQLite tables, which SQLite itself cannot: their rows move into tables made from a new text."""

from collections.abc import Mapping, Sequence

from alembic import op
from sqlalchemy import text

Edits = Mapping[str, Sequence[tuple[str, str]]]


def rebuild(tables: Sequence[str], edits: Edits) -> None:
    """Make the tables again (parents first, with every table that refers to them) from their texts with the edits.

    Foreign keys are checked while this runs, so rows move as a whole: all tables aside, all made anew, then filled.
    """
    texts = {table: _sql("table", table)[0] for table in tables}
    indexes = [sql for table in tables for sql in _sql("index", table)]
    for table in tables:
        for name in _names(table):
            _run(f'DROP INDEX "{name}"')
        _run(f'ALTER TABLE "{table}" RENAME TO "old_{table}"')
    for table in tables:
        _run(_edited(texts[table], edits.get(table, ())))
        _run(f'INSERT INTO "{table}" SELECT * FROM "old_{table}"')
    for table in reversed(tables):
        _run(f'DROP TABLE "old_{table}"')
    for sql in indexes:
        _run(sql)


def _edited(sql: str, edits: Sequence[tuple[str, str]]) -> str:
    for old, new in edits:
        if old not in sql:
            raise ValueError(f"expected {old!r} in {sql!r}")
        sql = sql.replace(old, new)
    return sql


def _sql(kind: str, table: str) -> list[str]:
    query = "SELECT sql FROM sqlite_master WHERE type = :kind AND tbl_name = :name AND sql IS NOT NULL ORDER BY rowid"
    return [row.sql for row in op.get_bind().execute(text(query), {"kind": kind, "name": table})]


def _names(table: str) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL"
    return [row.name for row in op.get_bind().execute(text(query), {"name": table})]


def _run(sql: str) -> None:
    # The driver reads `:name` in a text as a parameter; a table's own text has none.
    op.get_bind().exec_driver_sql(sql)
