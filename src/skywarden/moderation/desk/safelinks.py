"""Keep rules for links: block, warn of or allow a URL or a domain; every change is an event that others may follow.

Two writers: each change takes the next event number first, which holds the others back until it is durable. So events
become visible in the order of their numbers, and who reads on from the last one seen misses none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited
from skywarden.moderation.desk.link_text import require_link
from skywarden.moderation.desk.pages import Page, page_of, read_number_cursor, write_cursor
from skywarden.moderation.set_entries import value_key
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import SAFELINK_EVENT, SAFELINK_RULE

Pattern = Literal["domain", "url"]
Action = Literal["block", "warn", "whitelist"]
Reason = Literal["csam", "spam", "phishing", "none"]
EventType = Literal["addRule", "updateRule", "removeRule"]

URLS_AT_ONCE = 10_000
"""Most URLs that one question may name: SQLite takes 32,766 values in a query."""


@dataclass(frozen=True, slots=True)
class LinkRule:
    """What is to happen to links to a URL, or to any page of a domain."""

    url: str
    pattern: Pattern
    action: Action
    reason: Reason
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class StoredLinkRule:
    """A rule that holds."""

    number: int
    rule: LinkRule
    created_by: Did
    created_us: UtcMicros
    updated_us: UtcMicros


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One change of a rule, with what the rule then said."""

    number: int
    event_type: EventType
    rule: LinkRule
    created_by: Did
    created_us: UtcMicros


@dataclass(frozen=True, slots=True)
class LinkQuery:
    """Which rules or events; empty fields ask for any. Events know neither actions, nor a reason, nor an author."""

    urls: Sequence[str] = ()
    pattern: Pattern | None = None
    actions: Sequence[Action] = ()
    reason: Reason | None = None
    created_by: Did | None = None
    direction: Literal["asc", "desc"] = "desc"
    limit: int = 50
    cursor: str | None = None


class SafelinkService:
    """The rules of one database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def add(self, rule: LinkRule, by: Did) -> LinkEvent:
        """Raises: Rejected InvalidUrl; RuleAlreadyExists."""
        require_link(rule.url, rule.pattern)
        with self._db.write("safelink.add") as tx:
            event = self._event(tx, "addRule", rule, by)
            if _find(tx, rule.url, rule.pattern) is not None:
                raise Rejected("RuleAlreadyExists", place=rule.url[:200], expected=f"a {rule.pattern} without a rule")
            row = {**_columns(event), "id": event.number, "updated_us": event.created_us}
            tx.execute(insert(SAFELINK_RULE), row)
            self._note(tx, event, None, rule)
        return event

    def update(self, rule: LinkRule, by: Did) -> LinkEvent:
        """Change action, reason and comment of a rule. Raises: Rejected RuleNotFound."""
        with self._db.write("safelink.update") as tx:
            event = self._event(tx, "updateRule", rule, by)
            before = _found(tx, rule.url, rule.pattern)
            columns = ("action", "reason", "comment", "created_by")
            values = {name: value for name, value in _columns(event).items() if name in columns}
            of_number = SAFELINK_RULE.c.id == before.number
            tx.execute(update(SAFELINK_RULE).where(of_number).values(**values, updated_us=event.created_us))
            self._note(tx, event, before.rule, rule)
        return event

    def remove(self, url: str, pattern: Pattern, comment: str | None, by: Did) -> LinkEvent:
        """Raises: Rejected RuleNotFound."""
        with self._db.write("safelink.remove") as tx:
            number = take_numbers(self._db, tx, "safelink_event", 1)
            before = _found(tx, url, pattern)
            gone = LinkRule(url, pattern, before.rule.action, before.rule.reason, comment)
            event = LinkEvent(number, "removeRule", gone, by, self._clock.now_us())
            tx.execute(delete(SAFELINK_RULE).where(SAFELINK_RULE.c.id == before.number))
            self._note(tx, event, before.rule, None)
        return event

    def rules(self, query: LinkQuery) -> Page[StoredLinkRule]:
        """A page of rules in the order of their making. Raises: Rejected for a bad cursor."""
        table = SAFELINK_RULE.c
        conditions: list[ColumnElement[bool]] = []
        if query.actions:
            conditions.append(table.action.in_(query.actions))
        if query.reason is not None:
            conditions.append(table.reason == query.reason)
        if query.created_by is not None:
            conditions.append(table.created_by == query.created_by)
        found = [_rule(row) for row in self._page(SAFELINK_RULE, query, conditions)]
        return page_of(found, query.limit, lambda rule: (rule.number,))

    def events(self, query: LinkQuery) -> Page[LinkEvent]:
        """A page of changes. Rising, the last page has a cursor too: it is where what happens next will be found."""
        found = [_link_event(row) for row in self._page(SAFELINK_EVENT, query, [])]
        page = page_of(found, query.limit, lambda event: (event.number,))
        if page.cursor is None and query.direction == "asc" and page.rows:
            return Page(page.rows, write_cursor(page.rows[-1].number))
        return page

    def _page(self, table: Table, query: LinkQuery, conditions: list[ColumnElement[bool]]) -> Sequence[Row[Any]]:
        rising, place = query.direction == "asc", read_number_cursor(query.cursor)
        if len(query.urls) > URLS_AT_ONCE:
            expected = f"at most {URLS_AT_ONCE} URLs"
            raise Rejected("InvalidRequest", place="urls", expected=expected, found=str(len(query.urls)))
        if query.urls:
            conditions.append(table.c.url_key.in_([value_key(url) for url in query.urls]))
        if query.pattern is not None:
            conditions.append(table.c.pattern == query.pattern)
        if place is not None:
            conditions.append(table.c.id > place if rising else table.c.id < place)
        order = table.c.id if rising else table.c.id.desc()
        with self._db.read() as tx:
            return tx.execute(select(table).where(*conditions).order_by(order).limit(query.limit + 1)).all()

    def _event(self, tx: Connection, event_type: EventType, rule: LinkRule, by: Did) -> LinkEvent:
        number = take_numbers(self._db, tx, "safelink_event", 1)
        return LinkEvent(number, event_type, rule, by, self._clock.now_us())

    def _note(self, tx: Connection, event: LinkEvent, before: LinkRule | None, after: LinkRule | None) -> None:
        tx.execute(insert(SAFELINK_EVENT), {**_columns(event), "id": event.number, "event_type": event.event_type})
        action = f"safelink.{event.event_type}"
        change = edited(event.created_by, action, event.rule.pattern, event.rule.url, before, after)
        append_audit(self._db, tx, [change], event.created_us)


def _columns(event: LinkEvent) -> dict[str, object]:
    rule = event.rule
    return {
        "url_key": value_key(rule.url),
        "url": rule.url,
        "pattern": rule.pattern,
        "action": rule.action,
        "reason": rule.reason,
        "comment": rule.comment,
        "created_by": event.created_by,
        "created_us": event.created_us,
    }


def _find(tx: Connection, url: str, pattern: Pattern) -> StoredLinkRule | None:
    of_rule = (SAFELINK_RULE.c.url_key == value_key(url), SAFELINK_RULE.c.pattern == pattern)
    row = tx.execute(select(SAFELINK_RULE).where(*of_rule)).one_or_none()
    return None if row is None else _rule(row)


def _found(tx: Connection, url: str, pattern: Pattern) -> StoredLinkRule:
    rule = _find(tx, url, pattern)
    if rule is None:
        raise Rejected("RuleNotFound", place=url[:200], expected=f"a {pattern} that has a rule")
    return rule


def _rule(row: Row[Any]) -> StoredLinkRule:
    rule = LinkRule(row.url, row.pattern, row.action, row.reason, row.comment)
    return StoredLinkRule(row.id, rule, Did(row.created_by), UtcMicros(row.created_us), UtcMicros(row.updated_us))


def _link_event(row: Row[Any]) -> LinkEvent:
    rule = LinkRule(row.url, row.pattern, row.action, row.reason, row.comment)
    return LinkEvent(row.id, row.event_type, rule, Did(row.created_by), UtcMicros(row.created_us))
