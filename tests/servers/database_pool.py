"""Hand out migrated, empty databases of one server, and empty them again: emptying is quicker than migrating."""

import atexit
import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, inspect, text

from servers.sql_servers import MariadbServer, PostgresqlServer, SqlServer
from skywarden.kernel.errors import SkywardenError
from skywarden.storage import Database, current_revision, migrate, open_database
from skywarden.storage.tables import METADATA

_SERVERS: dict[str, Callable[[], SqlServer]] = {"postgresql": PostgresqlServer, "mariadb": MariadbServer}


class DatabasePool:
    """Databases of one server that are not in use."""

    def __init__(self, server: SqlServer) -> None:
        self._server = server
        self._free: list[str] = []
        self._open: dict[str, tuple[str, Database]] = {}
        self._numbers = itertools.count(1)

    def take(self) -> str:
        """The URL of a database with every table and no row."""
        return self._free.pop() if self._free else self._make()

    def give_back(self, url: str) -> None:
        """Empty the database; one that cannot be emptied, or was migrated to something else, is removed."""
        name, db = self._open[url]
        try:
            if current_revision(db) == self._revision and _empty(db):
                self._free.append(url)
                return
        except SkywardenError:
            pass  # a test has left a lock behind: removing the database ends it
        del self._open[url]
        db.close()
        self._server.drop(name)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A database without a table, removed at the end."""
        name = f"empty{next(self._numbers)}"
        yield self._server.create(name)
        self._server.drop(name)

    def close(self) -> None:
        for _, db in self._open.values():
            db.close()
        self._server.close()

    def _make(self) -> str:
        name = f"test{next(self._numbers)}"
        url = self._server.create(name)
        db = open_database(url, pool_size=1)
        migrate(db)
        self._revision = current_revision(db)
        self._open[url] = (name, db)
        return url


@functools.cache
def pool_of(kind: str) -> DatabasePool:
    """The pool of that kind of server, which is started now if this is the first use."""
    pool = DatabasePool(_SERVERS[kind]())
    atexit.register(pool.close)
    return pool


def _empty(db: Database) -> bool:
    """Remove every row; say whether the tables are those that the code knows."""
    with db.write("test.empty") as tx:
        if not set(METADATA.tables) <= set(inspect(tx).get_table_names()):
            return False
        used = _tables_with_rows(tx)
        if used and db.engine.dialect.name == "postgresql":
            tx.execute(text(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE"))
        elif used:
            tx.execute(text("SET foreign_key_checks = 0"))
            for table in used:
                tx.execute(text(f"TRUNCATE TABLE {table}"))
            tx.execute(text("SET foreign_key_checks = 1"))
    return True


def _tables_with_rows(tx: Connection) -> list[str]:
    questions = [f"SELECT '{name}' FROM (SELECT 1 AS one FROM {name} LIMIT 1) AS rows_of" for name in METADATA.tables]
    return [row[0] for row in tx.execute(text(" UNION ALL ".join(questions)))]
