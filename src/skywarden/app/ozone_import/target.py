"""Write what was read into our tables, and remember how far that is, in one transaction a page.

Retry: rows that are there already stay as they are. Crash: a page and the mark of its last id are durable together.
Two writers: run one import at a time; the platform must not run on the database meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, tuple_

from skywarden.app.ozone_import.subjects import SubjectKey, bare_subject
from skywarden.kernel.errors import Rejected
from skywarden.storage import Database
from skywarden.storage.counters import Counter, lock_counter, move_counter, read_counter
from skywarden.storage.tables import LABEL, MODERATION_EVENT, SUBJECT

Rows = Sequence[Mapping[str, object]]

_BEGUN = "import:begun"
_AT_ONCE = 500
"""Keys in one IN list; SQLite takes 32,766 values, three a key."""


class Target:
    """Our database."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def begin(self) -> None:
        """Mark that an import has begun. Raises: Rejected, when the database holds anything else."""
        with self.db.write("import.begin") as tx:
            if lock_counter(self.db, tx, _BEGUN).number:
                return
            for table in (MODERATION_EVENT, LABEL):
                if tx.execute(select(func.count()).select_from(table)).scalar_one():
                    raise Rejected(
                        "not_empty",
                        place=self.db.place,
                        expected=f"an empty table {table.name}",
                        hint="import into a database of its own, before the platform first runs on it",
                    )
            move_counter(tx, _BEGUN, Counter(1))

    def reached(self, name: str) -> int:
        """The last id of a source table that is here."""
        with self.db.read() as tx:
            return read_counter(tx, f"import:{name}").number

    def mark(self, tx: Connection, name: str, last: int) -> None:
        """Remember it, in the transaction that writes the rows."""
        raise_counter(self.db, tx, f"import:{name}", last)

    def add(self, tx: Connection, table: Table, rows: Rows) -> None:
        """Insert rows that are not there yet."""
        if rows:
            tx.execute(self.db.insert_or_ignore(table), [dict(row) for row in rows])

    def subject_ids(self, tx: Connection, keys: Mapping[SubjectKey, int]) -> dict[SubjectKey, int]:
        """Our ids of subjects, made where they are missing; `keys` says when something first happened to each."""
        wanted = sorted(keys)
        found = _ids(tx, wanted)
        missing = [bare_subject(key, keys[key]) for key in wanted if key not in found]
        if missing:
            tx.execute(insert(SUBJECT), missing)
            found |= _ids(tx, [key for key in wanted if key not in found])
        return found

    def count(self, table: Table) -> int:
        """How many rows are here."""
        with self.db.read() as tx:
            return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def _ids(tx: Connection, keys: Sequence[SubjectKey]) -> dict[SubjectKey, int]:
    columns = (SUBJECT.c.did, SUBJECT.c.record_path, SUBJECT.c.convo_id)
    found: dict[SubjectKey, int] = {}
    for start in range(0, len(keys), _AT_ONCE):
        query: Any = select(SUBJECT.c.id, *columns).where(tuple_(*columns).in_(keys[start : start + _AT_ONCE]))
        found |= {(row.did, row.record_path, row.convo_id): row.id for row in tx.execute(query)}
    return found


def raise_counter(db: Database, tx: Connection, name: str, least: int) -> None:
    """Have a counter give only numbers above `least`."""
    counter = lock_counter(db, tx, name)
    if counter.number < least:
        move_counter(tx, name, Counter(least, counter.hash))
