"""Turn a database URL into read and write transactions with our own errors.

Retry: `Retryable` means that nothing was written and the same transaction may be run again.
Crash: what `write` returned from is durable; what it did not is wholly absent.
Two writers: they queue; neither sees "database is locked".
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, Table, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.dml import Insert

from skywarden.kernel.errors import Broken, Rejected, Retryable, SkywardenError
from skywarden.storage.sqlite import WRITES, SqliteDialect

Seam = Callable[[str], None]
"""Called with "NAME:before-commit" and "NAME:after-commit" of each write; crash tests raise or kill from it."""


def _no_seam(_place: str) -> None:
    return None


class Database:
    """One SQL database; use it from any thread, a transaction from one."""

    def __init__(self, url: str, *, seam: Seam = _no_seam) -> None:
        self.url = url
        self.dialect = _dialect_of(url)
        self.engine = self.dialect.engine(make_url(url))
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
        except DBAPIError as error:
            if self.dialect.is_busy(error):
                raise Retryable(
                    f"{name}: the database is busy; expected a free lock; try again: {error.orig}"
                ) from error
            raise Broken(f"{name}: the database refused: {error.orig}; see `{self.place}`") from error
        except SQLAlchemyError as error:
            raise Broken(f"{name}: cannot use the database at `{self.place}`: {error}") from error

    @property
    def place(self) -> str:
        """The URL without its password, for people."""
        return self.engine.url.render_as_string(hide_password=True)


def open_database(url: str, *, seam: Seam = _no_seam) -> Database:
    """Open the database at `url`, such as `sqlite:////data/moderation.db`; `migrate` makes its tables."""
    return Database(url, seam=seam)


def _dialect_of(url: str) -> SqliteDialect:
    if make_url(url).get_backend_name() == "sqlite":
        return SqliteDialect()
    raise Rejected(
        "database_unsupported", place=make_url(url).render_as_string(), expected="a URL that begins with sqlite:///"
    )
