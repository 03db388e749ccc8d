"""Make a PostgreSQL database safe for many writers and for kill -9; the only file that knows PostgreSQL's ways.

The tables live in a schema of their own (`?schema=NAME` in the URL, `skywarden` unless said), made when it is missing,
so that a database may be shared with other services.
Isolation: a write is READ COMMITTED and locks the rows it decides on; a read sees one snapshot and writes nothing.
Crash: a commit that returned is on the server's disk (synchronous_commit=on, whatever the server's default).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.dml import Insert

from skywarden.storage.dialect import LOCK_WAIT_S, WRITES

SCHEMA = "skywarden"
AT_ONCE = 64
RECYCLE_S = 1_800
CONNECT_TIMEOUT_S = 10

# Values of psycopg.IsolationLevel, which is not imported: the driver is an extra.
_READ_COMMITTED = 2
_REPEATABLE_READ = 3

_SETTINGS = f"SET synchronous_commit = on; SET lock_timeout = '{LOCK_WAIT_S}s'; SET timezone = 'UTC'"
_MAKE_SCHEMA = """DO $$ BEGIN CREATE SCHEMA IF NOT EXISTS {name};
EXCEPTION WHEN duplicate_schema OR unique_violation THEN NULL; END $$"""
"""Two that start at once may both find it missing; for the second that is an error, whatever IF NOT EXISTS says."""

_MIGRATION_LOCK = 0x736B7977  # "skyw"

_CONNECTION_LOST = "08"
_OUT_OF_RESOURCES = "53"
_SHUTTING_DOWN = "57P"
_BUSY_STATES = frozenset({"40001", "40P01", "55P03", "25P03"})
"""Serialization failure, deadlock, lock not available, ended while idle."""

_BAD_VALUE = "22"
_TOO_LONG_FOR_INDEX = "54000"


class PostgresqlDialect:
    """The differences between databases, as PostgreSQL 15 and later have them."""

    one_writer = False

    def engine(self, url: URL, pool_size: int) -> Engine:
        """Connect through psycopg 3; prepared statements and pipelined inserts are its own."""
        schema = str(url.query.get("schema", SCHEMA))
        engine = create_engine(
            url.set(drivername="postgresql+psycopg").difference_update_query(["schema"]),
            pool_size=pool_size,
            max_overflow=max(0, AT_ONCE - pool_size),
            pool_recycle=RECYCLE_S,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "skywarden"},
        )
        event.listen(engine, "connect", _preparing(schema))
        event.listen(engine, "begin", _begin)
        return engine

    def insert_or_ignore(self, table: Table) -> Insert:
        """Insert rows; one whose key is already there is left as it was."""
        return insert(table).on_conflict_do_nothing()

    def is_busy(self, error: DBAPIError) -> bool:
        """A lock held elsewhere, a deadlock, a server that is full, restarting or gone."""
        state = _state(error)
        if not state:
            return error.connection_invalidated or _is_lost(error)
        return state in _BUSY_STATES or state.startswith((_CONNECTION_LOST, _OUT_OF_RESOURCES, _SHUTTING_DOWN))

    def is_bad_value(self, error: DBAPIError) -> bool:
        """Text that is too long or holds what the column cannot; a key too long for its index."""
        state = _state(error)
        return isinstance(error, DataError) or state.startswith(_BAD_VALUE) or state == _TOO_LONG_FOR_INDEX

    @contextmanager
    def migrating(self, tx: Connection) -> Iterator[None]:
        """Hold an advisory lock, which ends with the transaction."""
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        yield


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _is_lost(error: DBAPIError) -> bool:
    # What the server did not say has no state: a refused or broken connection is a bare OperationalError.
    return type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")


def _preparing(schema: str) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    """Make what readies a new connection."""
    quoted = schema.replace('"', '""')

    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        driver: Any = connection
        driver.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_SETTINGS)
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,))
        if cursor.fetchone() is None:
            cursor.execute(_MAKE_SCHEMA.format(name=f'"{quoted}"'))
        cursor.execute(f'SET search_path = "{quoted}"')
        cursor.close()
        driver.autocommit = False

    return prepare


def _begin(connection: Connection) -> None:
    # The driver opens the transaction with the first statement, in the way these attributes say.
    driver: Any = connection.connection.dbapi_connection
    writes = connection.get_execution_options().get(WRITES, False)
    driver.isolation_level = _READ_COMMITTED if writes else _REPEATABLE_READ
    driver.read_only = not writes
