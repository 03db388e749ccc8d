"""Read the tables of an Ozone's PostgreSQL page by page, whatever version of it made them.

Nothing is written there; a table or a column that the version does not have is absent, not an error.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import MetaData, Table, func, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from skywarden.kernel.errors import Rejected
from skywarden.storage import Database, open_database

Row = Mapping[str, Any]

PAGE = 2_000
NEEDED = ("moderation_event", "moderation_subject_status", "label")
"""Tables that every version has."""


def open_ozone(url: str) -> Database:
    """Open an Ozone's database, in which nothing of ours is made. Raises: Rejected, for anything but PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Rejected("database_url", expected="postgresql://USER:PASSWORD@HOST/NAME", found="no URL") from error
    if not parsed.get_backend_name().startswith("postgres"):
        raise Rejected("database_url", expected="postgresql://...", found=parsed.get_backend_name())
    there = parsed.update_query_dict({"schema": "pg_catalog"})  # which is always there; its own tables are named whole
    return open_database(there.render_as_string(hide_password=False), pool_size=1)


class OzoneSource:
    """The tables of one schema."""

    def __init__(self, db: Database, schema: str) -> None:
        """Look at the tables. Raises: Rejected, when they are not an Ozone's."""
        self._db = db
        with db.read() as tx:
            names = set(inspect(tx).get_table_names(schema=schema))
            missing = [name for name in NEEDED if name not in names]
            if missing:
                raise Rejected(
                    "not_an_ozone",
                    place=f"{db.place}, schema {schema!r}",
                    expected=f"the tables {', '.join(NEEDED)}",
                    found=f"no {', '.join(missing)}",
                    hint="--schema says which schema holds them (OZONE_DB_POSTGRES_SCHEMA)",
                )
            metadata = MetaData()
            self._tables = {
                name: Table(name, metadata, schema=schema, autoload_with=tx, resolve_fks=False) for name in names
            }

    def has(self, table: str) -> bool:
        """Whether this version has the table."""
        return table in self._tables

    def count(self, table: str) -> int:
        """How many rows it has; 0 when it is absent."""
        if table not in self._tables:
            return 0
        with self._db.read() as tx:
            return int(tx.execute(select(func.count()).select_from(self._tables[table])).scalar_one())

    def last_id(self, table: str) -> int:
        """The highest id; 0 when it is empty or absent."""
        if table not in self._tables:
            return 0
        with self._db.read() as tx:
            return int(tx.execute(select(func.max(self._tables[table].c.id))).scalar() or 0)

    def pages(self, table: str, after: int = 0, limit: int = PAGE) -> Iterator[list[Row]]:
        """Rows with an id above `after`, in the order of their ids."""
        if table not in self._tables:
            return
        source = self._tables[table]
        while True:
            with self._db.read() as tx:
                query = select(source).where(source.c.id > after).order_by(source.c.id).limit(limit)
                rows: list[Row] = [row._asdict() for row in tx.execute(query)]
            if not rows:
                return
            yield rows
            after = rows[-1]["id"]

    def all_rows(self, table: str) -> list[Row]:
        """Every row of a small table without an id."""
        if table not in self._tables:
            return []
        with self._db.read() as tx:
            return [row._asdict() for row in tx.execute(select(self._tables[table]))]
