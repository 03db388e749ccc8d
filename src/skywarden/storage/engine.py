"""Turn a database URL into read and write transactions with our own errors.

Retry: after `Retryable` the same transaction may be run again. Nothing was written, but for one case: a connection
that broke during the commit leaves open whether it happened, so what is run again must know its own traces.
Crash: what `write` returned from is durable; what it did not is wholly absent.
Two writers: they queue at the rows they lock (SQLite: at the file); a deadlock is `Retryable` for one of them.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, Table, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.sql.dml import Insert

from skywarden.kernel.errors import Broken, Rejected, Retryable, SkywardenError
from skywarden.storage.dialect import WRITES, Dialect
from skywarden.storage.mariadb import MariadbDialect
from skywarden.storage.postgresql import PostgresqlDialect
from skywarden.storage.prepared import Prepared, Values
from skywarden.storage.sqlite import SqliteDialect

POOL_SIZE = 10

_DIALECTS: dict[str, type[Dialect]] = {
    "sqlite": SqliteDialect,
    "postgresql": PostgresqlDialect,
    "mariadb": MariadbDialect,
}
"""By the start of the URL; where one needs a driver that is not installed, the extra of the same name brings it."""

_ALIASES = {"postgres": "postgresql", "mysql": "mariadb"}

Seam = Callable[[str], None]
"""Called with "NAME:before-commit" and "NAME:after-commit" of each write; crash tests raise or kill from it."""


def _no_seam(_place: str) -> None:
    return None


class Database:
    """One SQL database; use it from any thread, a transaction from one."""

    def __init__(self, url: str, *, seam: Seam = _no_seam, pool_size: int = POOL_SIZE) -> None:
        parsed = _parse(url)
        self.dialect = _DIALECTS[parsed.get_backend_name()]()
        self.engine = _connect(self.dialect, parsed, pool_size)
        self._writers: AbstractContextManager[object] = threading.RLock() if self.dialect.one_writer else nullcontext()
        self._seam = seam

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a transaction that sees one state of the database and changes nothing."""
        with self._translated("read"), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, name: str) -> Iterator[Connection]:
        """Give a transaction that is durable when the block ends and never was when the block raises.

        `name` says which write this is, for errors and for crash tests.
        """
        with self._writers, self._translated(name), self.engine.connect() as connection:
            connection = connection.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection
                self._seam(f"{name}:before-commit")
        self._seam(f"{name}:after-commit")

    def rows(self, query: Prepared, values: Values | None = None) -> list[Any]:
        """Run one query by itself, which sees one state of the database: a tenth of the cost of a transaction."""
        with self._cursor() as cursor:
            return query.rows_of(cursor, self.engine.dialect, values)

    def numbers(self, query: Prepared, values: Values | None = None) -> list[int]:
        """Run one query of one column of numbers by itself, as `rows` does."""
        with self._cursor() as cursor:
            return query.numbers_of(cursor, self.engine.dialect, values)

    @contextmanager
    def _cursor(self) -> Iterator[DBAPICursor]:
        with self._translated("read"):
            connection = self.engine.raw_connection()
            try:
                yield connection.cursor()
            finally:
                connection.close()  # which ends what the driver began

    def insert_or_ignore(self, table: Table) -> Insert:
        """Insert rows; one whose key is already there is left as it was."""
        return self.dialect.insert_or_ignore(table)

    def ping(self) -> None:
        """Ask the database for nothing; raises as `read` does when it is away."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give back every connection; transactions that still run must have ended."""
        self.engine.dispose()

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except SkywardenError:
            raise
        except OverflowError as error:
            # SQLite's driver says so by itself; the others' servers do, and are asked below.
            raise Rejected("value_refused", place=name, expected="numbers of 64 bits", found="a larger one") from error
        except DBAPIError as error:
            if self.dialect.is_busy(error):
                raise Retryable(f"{name}: the database is busy or away; try again: {error.orig}") from error
            if self.dialect.is_bad_value(error):
                raise Rejected(
                    "value_refused", place=name, expected="a value that the column can hold", found=str(error.orig)
                ) from error
            raise Broken(f"{name}: the database refused: {error.orig}; see `{self.place}`") from error
        except PoolTimeoutError as error:
            raise Retryable(f"{name}: every connection to the database is in use; try again") from error
        except SQLAlchemyError as error:
            raise Broken(f"{name}: cannot use the database at `{self.place}`: {error}") from error

    @property
    def place(self) -> str:
        """The URL without its password, for people."""
        return _shown(self.engine.url)


def open_database(url: str, *, seam: Seam = _no_seam, pool_size: int = POOL_SIZE) -> Database:
    """Open the database at `url`, such as `sqlite:////data/moderation.db`; `migrate` makes its tables.

    Raises: Rejected, for a URL that names no database we support, or one whose driver is not installed.
    """
    return Database(url, seam=seam, pool_size=pool_size)


def _parse(url: str) -> URL:
    """Read the URL; whatever is wrong with it, its password is not repeated."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Rejected("database_url", expected="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME") from None
    backend = parsed.get_backend_name()
    backend = _ALIASES.get(backend, backend)
    if backend not in _DIALECTS:
        known = "a URL that begins with sqlite:///, postgresql:// or mariadb://"
        raise Rejected("database_unsupported", place=_shown(parsed), expected=known)
    if not parsed.database and backend != "sqlite":
        raise Rejected("database_url", place=_shown(parsed), expected="the name of a database after the host")
    return parsed.set(drivername=backend)


def _connect(dialect: Dialect, url: URL, pool_size: int) -> Engine:
    try:
        return dialect.engine(url, pool_size)
    except ImportError as error:
        extra = url.get_backend_name()
        raise Rejected(
            "database_driver_missing", place=_shown(url), hint=f"pip install 'skywarden[{extra}]'"
        ) from error


def _shown(url: URL) -> str:
    """The URL for people; parameters are left out with the password, for they may hold one too."""
    return url.set(query={}).render_as_string(hide_password=True)
