"""Keep named sets of values for people; rules add to the same sets (see `set_entries`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, or_, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited
from skywarden.moderation.desk.pages import (
    Page,
    page_of,
    read_number_cursor,
    read_text_cursor,
    read_time_cursor,
)
from skywarden.moderation.set_entries import add_entries, lock_sets, remove_entries
from skywarden.storage import Database
from skywarden.storage.tables import VALUE_SET, VALUE_SET_ENTRY

SET_NAME_BYTES = 128
SET_NAME_LEAST = 3


@dataclass(frozen=True, slots=True)
class NamedSet:
    """One set, without its values."""

    number: int
    name: str
    description: str | None
    size: int
    created_us: UtcMicros
    updated_us: UtcMicros


@dataclass(frozen=True, slots=True)
class SetQuery:
    """Which sets, in which order."""

    name_prefix: str = ""
    sort_by: Literal["name", "createdAt", "updatedAt"] = "name"
    direction: Literal["asc", "desc"] = "asc"
    limit: int = 50
    cursor: str | None = None


class SetService:
    """The sets of one database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def query(self, query: SetQuery) -> Page[NamedSet]:
        """A page of sets. Raises: Rejected for a bad cursor."""
        with self._db.read() as tx:
            found = [_set(row) for row in tx.execute(_selected(query))]
        if query.sort_by == "name":
            return page_of(found, query.limit, lambda one: (one.name,))
        if query.sort_by == "createdAt":
            return page_of(found, query.limit, lambda one: (one.created_us, one.number))
        return page_of(found, query.limit, lambda one: (one.updated_us, one.number))

    def upsert(self, name: str, description: str | None, by: Did) -> NamedSet:
        """Make a set, or change its description unless that is None. Raises: Rejected for a bad name."""
        if not SET_NAME_LEAST <= len(name.encode()) <= SET_NAME_BYTES:
            raise Rejected(
                "InvalidRequest", place="name", expected=f"{SET_NAME_LEAST} to {SET_NAME_BYTES} bytes", found=repr(name)
            )
        now_us = self._clock.now_us()
        with self._db.write("set.upsert") as tx:
            before = _find(tx, name)
            set_id = lock_sets(self._db, tx, [name], now_us)[name]
            values = (
                {"updated_us": now_us} if description is None else {"updated_us": now_us, "description": description}
            )
            tx.execute(update(VALUE_SET).where(VALUE_SET.c.id == set_id).values(values))
            after = _found(tx, name)
            append_audit(self._db, tx, [edited(by, "set.upsert", "set", name, before, after)], now_us)
        return after

    def values(self, name: str, limit: int, cursor: str | None) -> tuple[NamedSet, Page[str]]:
        """A set and a page of its values, in the order they came. Raises: Rejected SetNotFound, or a bad cursor."""
        after = read_number_cursor(cursor) or 0
        with self._db.read() as tx:
            named = _found(tx, name)
            query = (
                select(VALUE_SET_ENTRY.c.id, VALUE_SET_ENTRY.c.value)
                .where(VALUE_SET_ENTRY.c.set_id == named.number, VALUE_SET_ENTRY.c.id > after)
                .order_by(VALUE_SET_ENTRY.c.id)
                .limit(limit + 1)
            )
            page = page_of(tx.execute(query).all(), limit, lambda row: (row.id,))
        return named, Page(tuple(row.value for row in page.rows), page.cursor)

    def add_values(self, name: str, values: Sequence[str], by: Did) -> None:
        """Add values; those that are there already stay. Raises: Rejected SetNotFound."""
        now_us = self._clock.now_us()
        with self._db.write("set.add_values") as tx:
            named = _locked(tx, name)
            added = add_entries(tx, named.number, dict.fromkeys(values), now_us)
            self._audit(tx, by, "set.add_values", named, {"removed": [], "added": added}, now_us)

    def delete_values(self, name: str, values: Sequence[str], by: Did) -> None:
        """Remove values; those that are not there are passed over. Raises: Rejected SetNotFound."""
        now_us = self._clock.now_us()
        with self._db.write("set.delete_values") as tx:
            named = _locked(tx, name)
            removed = remove_entries(tx, named.number, values, now_us)
            self._audit(tx, by, "set.delete_values", named, {"removed": removed, "added": []}, now_us)

    def delete(self, name: str, by: Did) -> None:
        """Remove a set with all its values. Raises: Rejected SetNotFound."""
        with self._db.write("set.delete") as tx:
            named = _locked(tx, name)
            tx.execute(delete(VALUE_SET_ENTRY).where(VALUE_SET_ENTRY.c.set_id == named.number))
            tx.execute(delete(VALUE_SET).where(VALUE_SET.c.id == named.number))
            change = edited(by, "set.delete", "set", name, named, None)
            append_audit(self._db, tx, [change], self._clock.now_us())

    def _audit(
        self, tx: Connection, by: Did, action: str, named: NamedSet, difference: object, now_us: UtcMicros
    ) -> None:
        change = edited(by, action, "set", named.name, {"size": named.size}, difference)
        append_audit(self._db, tx, [change], now_us)


def _selected(query: SetQuery) -> Select[Any]:
    """Rows of the page and one more."""
    rising = query.direction == "asc"
    column = {"name": VALUE_SET.c.name, "createdAt": VALUE_SET.c.created_us, "updatedAt": VALUE_SET.c.updated_us}[
        query.sort_by
    ]
    conditions = [*_with_prefix(query.name_prefix), *_beyond(query, column, rising=rising)]
    order = [column] if query.sort_by == "name" else [column, VALUE_SET.c.id]
    ordered = [part if rising else part.desc() for part in order]
    return select(VALUE_SET).where(*conditions).order_by(*ordered).limit(query.limit + 1)


def _with_prefix(prefix: str) -> list[ColumnElement[bool]]:
    """A range instead of LIKE, which SQLite compares without regard to case and where `%` and `_` mean something."""
    if not prefix:
        return []
    return [VALUE_SET.c.name >= prefix, VALUE_SET.c.name < prefix + "\U0010ffff"]


def _beyond(query: SetQuery, column: ColumnElement[Any], *, rising: bool) -> list[ColumnElement[bool]]:
    if query.sort_by == "name":
        name = read_text_cursor(query.cursor)
        return [] if name is None else [column > name if rising else column < name]
    place = read_time_cursor(query.cursor)
    if place is None:
        return []
    at_us, number = place
    beyond = (column > at_us, VALUE_SET.c.id > number) if rising else (column < at_us, VALUE_SET.c.id < number)
    return [or_(beyond[0], and_(column == at_us, beyond[1]))]


def _find(tx: Connection, name: str) -> NamedSet | None:
    row = tx.execute(select(VALUE_SET).where(VALUE_SET.c.name == name)).one_or_none()
    return None if row is None else _set(row)


def _found(tx: Connection, name: str) -> NamedSet:
    named = _find(tx, name)
    if named is None:
        raise _missing(name)
    return named


def _locked(tx: Connection, name: str) -> NamedSet:
    row = tx.execute(select(VALUE_SET).where(VALUE_SET.c.name == name).with_for_update()).one_or_none()
    if row is None:
        raise _missing(name)
    return _set(row)


def _missing(name: str) -> Rejected:
    return Rejected("SetNotFound", place="name", expected="the name of a set", found=repr(name[:100]))


def _set(row: Row[Any]) -> NamedSet:
    return NamedSet(
        number=row.id,
        name=row.name,
        description=row.description,
        size=row.size,
        created_us=UtcMicros(row.created_us),
        updated_us=UtcMicros(row.updated_us),
    )
