"""Keep questions under names, share them, and remember what was asked.

Retry: to save what is there already replaces it by the same. Crash: a change and its audit row are durable together.
Two writers: changes take turns.
"""

from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from skywarden.app.investigate.requests import read_request
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.investigation import QueryRun, SavedQuery
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited, editing
from skywarden.storage import Database
from skywarden.storage.tables import QUERY_RUN, SAVED_QUERY
from skywarden.storage.tables.queries import QUERY_NAME_CHARACTERS

_MOST_NAMES = 1_000
_KEPT_US = 90 * 86_400_000_000
"""What was asked is remembered for so long."""


class SavedQueryService:
    """The questions of one database; a name is unique to its owner."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def save(self, owner: Did, name: str, request_json: str, *, about: str = "", is_shared: bool = False) -> SavedQuery:
        """Keep a question; what had the name is replaced. Raises: Rejected, for a wrong name or request."""
        name = _checked(name)
        read_request(request_json)
        now_us = self._clock.now_us()
        values = {"about": about, "is_shared": is_shared, "request_json": request_json, "updated_us": now_us}
        with editing(self._db, "query.save") as tx:
            before = _find(tx, owner, name)
            if before is None:
                tx.execute(insert(SAVED_QUERY), {"owner": owner, "name": name, "created_us": now_us, **values})
            else:
                tx.execute(update(SAVED_QUERY).where(SAVED_QUERY.c.id == before.id).values(values))
            after = _find(tx, owner, name)
            assert after is not None
            append_audit(self._db, tx, [edited(owner, "query.save", "query", name, before, after)], now_us)
        return after

    def delete(self, owner: Did, name: str) -> None:
        """Forget a question. Raises: Rejected NotFound."""
        with editing(self._db, "query.delete") as tx:
            before = _find(tx, owner, name)
            if before is None:
                raise _unknown(name)
            tx.execute(delete(SAVED_QUERY).where(SAVED_QUERY.c.id == before.id))
            change = edited(owner, "query.delete", "query", name, before, None)
            append_audit(self._db, tx, [change], self._clock.now_us())

    def named(self, reader: Did, name: str, owner: Did | None = None) -> SavedQuery:
        """One's own question; with an owner, one that this one shares. Raises: Rejected NotFound."""
        with self._db.read() as tx:
            found = _find(tx, owner or reader, name)
        if found is None or not (found.is_shared or found.owner == reader):
            raise _unknown(name)
        return found

    def visible(self, reader: Did) -> list[SavedQuery]:
        """One's own and those that are shared, by name."""
        mine = or_(SAVED_QUERY.c.owner == reader, SAVED_QUERY.c.is_shared.is_(True))
        query = select(SAVED_QUERY).where(mine).order_by(SAVED_QUERY.c.name, SAVED_QUERY.c.id).limit(_MOST_NAMES)
        with self._db.read() as tx:
            return [_saved(row) for row in tx.execute(query)]

    def note(self, run: QueryRun) -> None:
        """Remember that somebody asked, and forget what was asked long ago."""
        row = {
            "created_by": run.by,
            "kind": run.kind,
            "request_json": run.request_json,
            "started_us": run.started_us,
            "took_us": run.took_us,
            "row_count": run.rows,
            "outcome": run.outcome,
        }
        with self._db.write("query.run") as tx:
            tx.execute(insert(QUERY_RUN), row)
            tx.execute(delete(QUERY_RUN).where(QUERY_RUN.c.started_us < run.started_us - _KEPT_US))

    def recent(self, by: Did, limit: int = 50) -> list[QueryRun]:
        """What somebody asked, newest first."""
        query = select(QUERY_RUN).where(QUERY_RUN.c.created_by == by).order_by(QUERY_RUN.c.id.desc()).limit(limit)
        with self._db.read() as tx:
            return [_run(row) for row in tx.execute(query)]


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= QUERY_NAME_CHARACTERS or not name.isprintable():
        expected = f"1 to {QUERY_NAME_CHARACTERS} printable characters"
        raise Rejected("InvalidRequest", place="name", expected=expected, found=repr(name[:40]))
    return name


def _unknown(name: str) -> Rejected:
    return Rejected("NotFound", place="name", expected="the name of a saved query", found=repr(name[:100]))


def _find(tx: Connection, owner: str, name: str) -> SavedQuery | None:
    same = and_(SAVED_QUERY.c.owner == owner, SAVED_QUERY.c.name == " ".join(name.split()))
    row = tx.execute(select(SAVED_QUERY).where(same)).one_or_none()
    return None if row is None else _saved(row)


def _saved(row: Row[Any]) -> SavedQuery:
    return SavedQuery(
        id=row.id,
        owner=row.owner,
        name=row.name,
        about=row.about,
        is_shared=row.is_shared,
        request_json=row.request_json,
        created_us=row.created_us,
        updated_us=row.updated_us,
    )


def _run(row: Row[Any]) -> QueryRun:
    return QueryRun(
        id=row.id,
        by=row.created_by,
        kind=row.kind,
        request_json=row.request_json,
        started_us=row.started_us,
        took_us=row.took_us,
        rows=row.row_count,
        outcome=row.outcome,
    )
