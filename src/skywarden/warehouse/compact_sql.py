"""Turn rows of the SQL database, which are never changed once they are settled, into segments.

Retry and crash: the cursor moves in the same step in which the segments appear, so each row comes once. Rows are
taken in the order of their number and only as far as no row can still appear below.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Column, Connection, RowMapping, Select, func, select

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.storage import Database
from skywarden.storage.tables import CONSUMER_OFFSET, DECISION, EFFECT, HIT, LABEL, MODERATION_EVENT, SUBJECT
from skywarden.warehouse import tables
from skywarden.warehouse.contract import Takes
from skywarden.warehouse.spec import PART_OF_ALL, TableSpec
from skywarden.warehouse.store import Store

STEP_ROWS = 50_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SqlSource:
    """Where a table's rows come from. `key` numbers them; rows from `settled` on are left for later."""

    spec: TableSpec
    query: Select[Any]
    key: Column[Any]
    settled: Column[Any] | None = None
    finish: Callable[[Row], Row] = dict


def _all_of(table: Any, *without: str, **renamed: str) -> Select[Any]:
    names = {old: new for new, old in renamed.items()}
    return select(*(one.label(names.get(one.name, one.name)) for one in table.c if one.name not in without))


def _label(row: Row) -> Row:
    """Give a label the account that it is about and the time that its text says."""
    uri = row["uri"]
    did = uri.removeprefix("at://").partition("/")[0]
    return row | {"did": did, "created_us": datetime_micros(row["cts"])}


_ABOUT = (SUBJECT.c.did, SUBJECT.c.uri)

SOURCES: tuple[SqlSource, ...] = (
    SqlSource(tables.HIT, _all_of(HIT, offset="log_offset"), HIT.c.log_offset, HIT.c.log_offset),
    SqlSource(tables.EFFECT, _all_of(EFFECT, "decided", offset="log_offset"), EFFECT.c.number, EFFECT.c.log_offset),
    SqlSource(
        tables.DECISION,
        _all_of(DECISION, "subject_id", "tool_json").add_columns(*_ABOUT).join(SUBJECT),
        DECISION.c.id,
    ),
    SqlSource(tables.MODERATION_EVENT, _all_of(MODERATION_EVENT), MODERATION_EVENT.c.id),
    SqlSource(tables.LABEL, _all_of(LABEL, "sig", "signing_key_id", "superseded_by"), LABEL.c.seq, finish=_label),
)


def rows_waiting(store: Store, database: Database, source: SqlSource) -> int:
    """Rows that no segment holds yet."""
    cursor = store.manifest().cursor(source.spec.name)
    with database.read() as tx:
        query = select(func.count()).select_from(source.key.table).where(source.key >= cursor)
        return int(tx.execute(query).scalar_one())


def compact_sql(into: Takes, database: Database, source: SqlSource, limit: int = STEP_ROWS) -> int:
    """Take over about `limit` settled rows; return how many. Raises: as `taking` and `Database.read`."""
    with into.taking(source.spec.name) as taking:
        cursor = taking.cursor
        with database.read() as tx:
            rows = _settled(tx, source, cursor, limit)
        if not rows:
            return 0
        made = [source.finish(dict(row)) for row in rows]
        taking.add(source.spec, _table(source.spec, made), PART_OF_ALL)
        taking.finish(int(made[-1][source.spec.key]) + 1)
        return len(rows)


def _settled(tx: Connection, source: SqlSource, cursor: int, limit: int) -> Sequence[RowMapping]:
    """The next rows whose order is final; all rows of one key or none."""
    query = source.query.where(source.key >= cursor).order_by(source.key).limit(limit)
    rows = list(tx.execute(query).mappings())
    key = source.spec.key
    if len(rows) == limit and rows[0][key] != rows[-1][key]:
        rows = [row for row in rows if row[key] != rows[-1][key]]  # there may be more of the last one
    if source.settled is None:
        return rows
    engine = select(CONSUMER_OFFSET.c.log_offset).where(CONSUMER_OFFSET.c.consumer == "engine")
    done = tx.execute(engine).scalar() or 0
    for place, row in enumerate(rows):
        if row["offset"] >= done:
            return rows[:place]
    return rows


def _table(spec: TableSpec, rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_arrays(
        [pa.array([row.get(one.name) for row in rows], one.type) for one in spec.columns], schema=spec.columns
    )
