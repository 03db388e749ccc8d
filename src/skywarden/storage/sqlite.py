"""Make a SQLite file safe for many threads and for kill -9; the only file that knows SQLite's ways.

Crash: a commit that returned is on the disk (WAL, synchronous=FULL).
Two writers: threads of one process queue at `Database`'s lock; other processes wait up to `LOCK_WAIT_S`.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.dml import Insert

from skywarden.storage.dialect import LOCK_WAIT_S, WRITES

READERS_AT_ONCE = 64

_BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})


class SqliteDialect:
    """The differences between databases, as SQLite has them."""

    one_writer = True

    def engine(self, url: URL, pool_size: int) -> Engine:
        """Open the file (made with its folder if absent) with durable, non-blocking settings."""
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, pool_size=pool_size, max_overflow=max(0, READERS_AT_ONCE - pool_size))
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def insert_or_ignore(self, table: Table) -> Insert:
        """Insert rows; one whose key is already there is left as it was."""
        return insert(table).on_conflict_do_nothing()

    def is_busy(self, error: DBAPIError) -> bool:
        """Tell a lock held elsewhere, which passes, from an error that stays."""
        name = getattr(error.orig, "sqlite_errorname", "")
        return any(str(name).startswith(busy) for busy in _BUSY)

    def is_bad_value(self, _error: DBAPIError) -> bool:
        """No: SQLite stores any text in any column."""
        return False

    def migrating(self, _tx: Connection) -> AbstractContextManager[object]:
        """A transaction that will write already keeps others out."""
        return nullcontext()


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would open transactions by itself, late and deferred; `_begin` says when and how instead.
    driver: Any = connection
    driver.isolation_level = None
    cursor = connection.cursor()
    for setting in (
        f"busy_timeout={LOCK_WAIT_S * 1_000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-4000",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A deferred transaction that turns to writing fails at once when another wrote meanwhile; IMMEDIATE waits instead.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
