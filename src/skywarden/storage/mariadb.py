"""Make a MariaDB database strict and safe for many writers; the only file that knows MariaDB's ways.

Isolation: a write is READ COMMITTED and locks the rows it decides on; a read sees one snapshot and writes nothing.
Crash: a commit that returned is on the server's disk where innodb_flush_log_at_trx_commit is 1, its default; the
server lets no session set it, so a connection to a server that has another value is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.mysql import insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.dml import Insert

from skywarden.kernel.errors import Rejected, Retryable
from skywarden.storage.dialect import LOCK_WAIT_S, WRITES

AT_ONCE = 64
RECYCLE_S = 1_800
CONNECT_TIMEOUT_S = 10
MIGRATION_WAIT_S = 600

_SETTINGS = (
    # What does not fit is an error, never cut off; GROUP BY means what it means elsewhere.
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', default_storage_engine = 'InnoDB', time_zone = '+00:00', "
    f"innodb_lock_wait_timeout = {LOCK_WAIT_S}, tx_isolation = 'REPEATABLE-READ', autocommit = 1"
)
_DURABLE = "1"

_BUSY_CODES = frozenset(
    {1020, 1040, 1053, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1927, 2002, 2003, 2006, 2013, 2055}
)
"""Changed since read, too many connections, shutting down, network, lock wait, deadlock, killed, gone."""

_BAD_VALUE_CODES = frozenset({1264, 1265, 1267, 1366, 1367, 1406})
"""Out of range, cut off, compared with or put into a column that has no such character, illegal, too long."""


class MariadbDialect:
    """The differences between databases, as MariaDB 10.11 and later have them."""

    one_writer = False

    def engine(self, url: URL, pool_size: int) -> Engine:
        """Connect through PyMySQL."""
        engine = create_engine(
            url.set(drivername="mariadb+pymysql"),
            pool_size=pool_size,
            max_overflow=max(0, AT_ONCE - pool_size),
            pool_recycle=RECYCLE_S,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "charset": "utf8mb4",
                # Else the driver reads every CA certificate for each connection, of no use to a socket.
                "ssl_disabled": "unix_socket" in url.query,
            },
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def insert_or_ignore(self, table: Table) -> Insert:
        """Insert rows; one whose key is already there is left as it was. INSERT IGNORE would also cut off values."""
        statement = insert(table)
        key = next(iter(table.primary_key.columns))
        return statement.on_duplicate_key_update({key.name: key})

    def is_busy(self, error: DBAPIError) -> bool:
        """A lock held elsewhere, a deadlock, a server that is full, restarting or gone."""
        return error.connection_invalidated or _code(error) in _BUSY_CODES

    def is_bad_value(self, error: DBAPIError) -> bool:
        """Text that is too long or not of the column's character set; a number out of range."""
        return isinstance(error, DataError) or _code(error) in _BAD_VALUE_CODES

    @contextmanager
    def migrating(self, tx: Connection) -> Iterator[None]:
        """Hold a named lock of the session: statements that change tables commit, so a transaction's would not last."""
        name = {"name": f"skywarden.{tx.engine.url.database}"[:64]}
        if tx.execute(text("SELECT GET_LOCK(:name, :wait)"), {**name, "wait": MIGRATION_WAIT_S}).scalar_one() != 1:
            raise Retryable(f"storage.migrate: another process migrated for over {MIGRATION_WAIT_S} s; try again")
        try:
            yield
        finally:
            tx.execute(text("SELECT RELEASE_LOCK(:name)"), name)


def _code(error: DBAPIError) -> int:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    driver: Any = connection
    driver.autocommit(True)  # `_begin` says when transactions begin
    cursor = connection.cursor()
    cursor.execute(_SETTINGS)
    cursor.execute("SELECT @@innodb_flush_log_at_trx_commit")
    (flush,) = cursor.fetchone() or ("",)
    cursor.close()
    if str(flush) != _DURABLE:
        raise Rejected(
            "database_not_durable",
            place="innodb_flush_log_at_trx_commit of the MariaDB server",
            expected=_DURABLE,
            found=str(flush),
            hint="a crash would lose what was committed: set it to 1 in the server's configuration",
        )


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql("START TRANSACTION")
    else:
        connection.exec_driver_sql("START TRANSACTION READ ONLY")
