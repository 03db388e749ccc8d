"""Name what the databases do differently; each brings a class with these methods in a file named after it."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Insert

WRITES = "skywarden_writes"
"""Execution option of a connection whose transaction will write."""

LOCK_WAIT_S = 10
"""How long a statement waits for a row, table or file that another transaction holds, before it says busy."""


class Dialect(Protocol):
    """One kind of database. A read sees one state of it; a write is READ COMMITTED or stricter, and durable."""

    one_writer: bool
    """Whether writers of this process must queue at one lock."""

    def engine(self, url: URL, pool_size: int) -> Engine:
        """Connect with durable, strict settings, keeping `pool_size` connections open.

        Raises: ImportError, when the driver is not installed.
        """
        ...

    def insert_or_ignore(self, table: Table) -> Insert:
        """Insert rows; one whose key is already there is left as it was, any other fault still is one."""
        ...

    def is_busy(self, error: DBAPIError) -> bool:
        """Tell what passes (a held lock, a deadlock, a lost connection) from an error that stays."""
        ...

    def is_bad_value(self, error: DBAPIError) -> bool:
        """Tell a value that no column of that type can hold from an error of our own."""
        ...

    def migrating(self, tx: Connection) -> AbstractContextManager[object]:
        """Keep other processes from migrating while the block runs; they wait."""
        ...
