"""Record what is done to reports, and tell what was done.

Order: an activity's id is given under a lock that is held until the commit, so a reader that goes on after the last id
it saw misses none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.reports.assignments import active_assignments, end_assignments, take
from skywarden.moderation.reports.machine import Activity, TicketState
from skywarden.moderation.reports.tickets import Done, Ticket, lock_tickets, save_activities, save_tickets
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, REPORT_ACTIVITY

REPORT_NOT_FOUND = "ReportNotFound"


@dataclass(frozen=True, slots=True)
class NewActivity:
    """An activity that somebody records on the report with this id, or on the one that this event made."""

    activity: Activity
    by: Did
    report_id: int | None = None
    event_id: int | None = None
    internal_note: str | None = None
    public_note: str | None = None
    is_automated: bool = False


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """A durable activity; `meta_json` says more of it, such as the queues that a report went from and to."""

    id: int
    report_id: int
    activity: Activity
    previous: TicketState | None
    internal_note: str | None
    public_note: str | None
    meta_json: str | None
    is_automated: bool
    created_by: Did
    created_us: UtcMicros


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities to tell, and in which order; `beyond` is the last id that the reader has."""

    report_id: int | None = None
    kinds: Sequence[Activity] = ()
    since_us: UtcMicros | None = None
    until_us: UtcMicros | None = None
    ascending: bool = False
    beyond: int | None = None
    limit: int = 50


class ReportActivities:
    """What was done to reports."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def record(self, new: NewActivity) -> StoredActivity:
        """Store an activity and bring its report into the state it leads to, at once.

        Raises: Rejected ReportNotFound, AlreadyInTargetState, InvalidStateTransition.
        """
        now_us = self._clock.now_us()
        with self._db.write("reports.activity") as tx:
            before = _lock(tx, new)
            after = before.moved(new.activity, new.by, now_us)
            if new.activity is Activity.ASSIGNED:
                given = take(tx, before, new.by, now_us)
                after = replace(after, assigned_to=given.did, assigned_us=given.start_us)
            elif before.assigned_to is not None and after.assigned_to is None:
                end_assignments(tx, active_assignments(tx, [before.id], now_us), now_us)
            if after != before:
                save_tickets(tx, [after], now_us)
            done = _done(before, new)
            numbers = save_activities(self._db, tx, [done], now_us)
            append_audit(self._db, tx, [_change(before, after, new)], now_us)
        return _stored(numbers[0], done, now_us)

    def page(self, asked: ActivityFilter) -> list[StoredActivity]:
        """Up to `limit` activities that pass the filter."""
        with self._db.read() as tx:
            return [_read(row) for row in tx.execute(_query(asked))]


def _lock(tx: Connection, new: NewActivity) -> Ticket:
    where = REPORT.c.decision_id == new.event_id if new.report_id is None else REPORT.c.id == new.report_id
    tickets = lock_tickets(tx, where)
    if not tickets:
        found = f"event {new.event_id}" if new.report_id is None else f"report {new.report_id}"
        raise Rejected(REPORT_NOT_FOUND, expected="a report that exists", found=found)
    return tickets[0]


def _done(before: Ticket, new: NewActivity) -> Done:
    return Done(
        report_id=before.id,
        activity=new.activity,
        previous=None if new.activity is Activity.NOTED else before.state,
        by=new.by,
        internal_note=new.internal_note or None,
        public_note=new.public_note or None,
        is_automated=new.is_automated,
    )


def _change(before: Ticket, after: Ticket, new: NewActivity) -> Change:
    change = {
        "state": [before.state, after.state],
        "internal_note": new.internal_note,
        "public_note": new.public_note,
        "automated": new.is_automated,
    }
    return Change(new.by, new.activity.value, f"report:{before.id}", msgspec.json.encode(change).decode())


def _stored(number: int, done: Done, now_us: UtcMicros) -> StoredActivity:
    return StoredActivity(
        id=number,
        report_id=done.report_id,
        activity=done.activity,
        previous=done.previous,
        internal_note=done.internal_note,
        public_note=done.public_note,
        meta_json=None,
        is_automated=done.is_automated,
        created_by=Did(done.by),
        created_us=now_us,
    )


def _query(asked: ActivityFilter) -> Select[Any]:
    table = REPORT_ACTIVITY
    query = select(table).order_by(table.c.id if asked.ascending else table.c.id.desc()).limit(asked.limit)
    if asked.report_id is not None:
        query = query.where(table.c.report_id == asked.report_id)
    if asked.kinds:
        query = query.where(table.c.type.in_([kind.value for kind in asked.kinds]))
    if asked.since_us is not None:
        query = query.where(table.c.created_us >= asked.since_us)
    if asked.until_us is not None:
        query = query.where(table.c.created_us <= asked.until_us)
    if asked.beyond is not None:
        query = query.where(table.c.id > asked.beyond if asked.ascending else table.c.id < asked.beyond)
    return query


def _read(row: Row[Any]) -> StoredActivity:
    return StoredActivity(
        id=row.id,
        report_id=row.report_id,
        activity=Activity(row.type),
        previous=None if row.previous_state is None else TicketState(row.previous_state),
        internal_note=row.internal_note,
        public_note=row.public_note,
        meta_json=row.meta_json,
        is_automated=row.is_automated,
        created_by=Did(row.created_by),
        created_us=row.created_us,
    )
