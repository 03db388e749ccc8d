"""Say who works on a report: for a while, so that two people do not read it at once, or until they answered it.

Two writers: the report's row is locked, so of two moderators who take a report at once exactly one gets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.queues.assignments import AssignmentFilter
from skywarden.moderation.queues.criteria import UNMATCHED
from skywarden.moderation.queues.rows import share_queue
from skywarden.moderation.reports.machine import Activity, TicketState, permitted, waiting_state
from skywarden.moderation.reports.tickets import Done, Ticket, lock_tickets, save_activities, save_tickets
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, REPORT_ASSIGNMENT

ALREADY_ASSIGNED = "AlreadyAssigned"
INVALID_ASSIGNMENT = "InvalidAssignment"


@dataclass(frozen=True, slots=True)
class ReportAssignment:
    """Somebody's work on a report; without `end_us` it lasts until it is taken back or the report is reopened."""

    id: int
    report_id: int
    queue_id: int | None
    did: Did
    start_us: UtcMicros
    end_us: UtcMicros | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish to give a report to `did`. `by` asks for it."""

    report_id: int
    did: Did
    by: Did
    queue_id: int | None = None
    permanent: bool = False


class ReportAssignments:
    """Who works on which report; `lasts_s` is how long an assignment lasts that is not permanent."""

    def __init__(self, db: Database, clock: Clock, lasts_s: float) -> None:
        self._db = db
        self._clock = clock
        self._lasts_us = round(lasts_s * SECOND_US)

    def assign(self, wish: Wish) -> ReportAssignment:
        """Give a report to somebody, or renew what they have.

        Raises: Rejected AlreadyAssigned, when somebody else has it (a permanent assignment takes it from whoever only
        has it for a while); InvalidAssignment, when the report or the queue is not there, or the report is closed and
        should be permanently somebody's.
        """
        now_us = self._clock.now_us()
        with self._db.write("reports.assign") as tx:
            if wish.queue_id is not None and not _in_use(tx, wish.queue_id):
                raise Rejected(INVALID_ASSIGNMENT, place="queueId", expected="a queue in use", found=str(wish.queue_id))
            ticket = _lock(tx, wish.report_id)
            active = active_assignments(tx, [ticket.id], now_us)
            _refuse(wish, ticket, active)
            given = self._give(tx, wish, ticket, active, now_us)
            self._follow(tx, wish, ticket, given, now_us)
        return given

    def unassign(self, report_id: int, by: Did) -> ReportAssignment:
        """Take a report from whoever has it; it waits again. Raises: Rejected InvalidAssignment, when nobody has it."""
        now_us = self._clock.now_us()
        with self._db.write("reports.unassign") as tx:
            ticket = _lock(tx, report_id)
            active = active_assignments(tx, [report_id], now_us)
            if not active:
                raise Rejected(INVALID_ASSIGNMENT, place=f"report {report_id}", expected="a report somebody works on")
            end_assignments(tx, active, now_us)
            self._release(tx, ticket, active, by, now_us)
        return replace(active[0], end_us=now_us)

    def page(self, asked: AssignmentFilter) -> list[ReportAssignment]:
        """Up to `limit` assignments that pass the filter."""
        table = REPORT_ASSIGNMENT
        query = select(table).order_by(table.c.id.desc()).limit(asked.limit)
        if asked.only_active:
            query = query.where(or_(table.c.end_us.is_(None), table.c.end_us > self._clock.now_us()))
        if asked.of:
            query = query.where(table.c.report_id.in_(asked.of))
        if asked.dids:
            query = query.where(table.c.did.in_(asked.dids))
        if asked.beyond is not None:
            query = query.where(table.c.id < asked.beyond)
        with self._db.read() as tx:
            return [report_assignment(row) for row in tx.execute(query)]

    def _give(
        self, tx: Connection, wish: Wish, ticket: Ticket, active: Sequence[ReportAssignment], now_us: UtcMicros
    ) -> ReportAssignment:
        own = next((item for item in active if item.did == wish.did), None)
        end_assignments(tx, [item for item in active if item is not own], now_us)
        permanent = wish.permanent or (own is not None and own.end_us is None)
        given = ReportAssignment(
            id=0,
            report_id=ticket.id,
            queue_id=_queue(wish, ticket, own),
            did=wish.did,
            start_us=now_us if own is None else own.start_us,
            end_us=None if permanent else UtcMicros(now_us + self._lasts_us),
        )
        return _store(tx, given, own)

    def _follow(self, tx: Connection, wish: Wish, ticket: Ticket, given: ReportAssignment, now_us: UtcMicros) -> None:
        """Bring the ticket after its assignment: its queue when one was named, its state when it is permanent."""
        after = ticket
        if wish.queue_id not in (None, ticket.queue_id) and ticket.state is not TicketState.CLOSED:
            after = after.waiting(wish.queue_id, now_us)
        done: list[Done] = []
        if given.end_us is None and ticket.assigned_to != given.did:
            if permitted(after.state, Activity.ASSIGNED):
                after = after.moved(Activity.ASSIGNED, wish.by, now_us)
            after = replace(after, assigned_to=given.did, assigned_us=given.start_us)
            meta: dict[str, object] = {"assignmentId": given.id, "did": given.did}
            done = [Done(ticket.id, Activity.ASSIGNED, ticket.state, wish.by, meta=meta)]
        if after != ticket:
            save_tickets(tx, [after], now_us)
        save_activities(self._db, tx, done, now_us)
        state = [ticket.state, after.state]
        change = {"assignment": given.id, "did": given.did, "until_us": given.end_us, "state": state}
        self._audit(tx, wish.by, "assignReport", ticket.id, change, now_us)

    def _release(
        self, tx: Connection, ticket: Ticket, ended: Sequence[ReportAssignment], by: Did, now_us: UtcMicros
    ) -> None:
        after = replace(ticket, assigned_to=None, assigned_us=None)
        if ticket.state is TicketState.ASSIGNED:
            after = replace(after, state=waiting_state(ticket.queue_id))
        if after != ticket:
            save_tickets(tx, [after], now_us)
            save_activities(self._db, tx, [_released(ticket, after, ended[0], by)], now_us)
        change = {"assignment": ended[0].id, "did": ended[0].did, "state": [ticket.state, after.state]}
        self._audit(tx, by, "unassignReport", ticket.id, change, now_us)

    def _audit(
        self, tx: Connection, by: Did, action: str, report_id: int, change: dict[str, object], now_us: UtcMicros
    ) -> None:
        text = msgspec.json.encode(change).decode()
        append_audit(self._db, tx, [Change(by, action, f"report:{report_id}", text)], now_us)


def _released(before: Ticket, after: Ticket, ended: ReportAssignment, by: Did) -> Done:
    """What is told of a report that nobody has any more; the lexicon has no activity for one that is in no queue."""
    meta: dict[str, object] = {"assignmentId": ended.id, "unassigned": ended.did, "status": after.state.value}
    if before.state is not after.state and after.state is TicketState.QUEUED:
        return Done(before.id, Activity.QUEUED, before.state, by, meta=meta)
    return Done(before.id, Activity.NOTED, None, by, meta=meta)


def _in_use(tx: Connection, queue_id: int) -> bool:
    queue = share_queue(tx, queue_id)
    return queue is not None and queue.enabled


def take(tx: Connection, ticket: Ticket, did: Did, now_us: UtcMicros) -> ReportAssignment:
    """Make a locked report permanently somebody's whom nobody has it permanently; others' work on it ends."""
    active = active_assignments(tx, [ticket.id], now_us)
    own = next((item for item in active if item.did == did), None)
    end_assignments(tx, [item for item in active if item is not own], now_us)
    start_us = now_us if own is None else own.start_us
    queue_id = None if ticket.queue_id == UNMATCHED else ticket.queue_id
    return _store(tx, ReportAssignment(0, ticket.id, queue_id, did, start_us, None), own)


def _lock(tx: Connection, report_id: int) -> Ticket:
    tickets = lock_tickets(tx, REPORT.c.id == report_id)
    if not tickets:
        raise Rejected(INVALID_ASSIGNMENT, place="reportId", expected="a report", found=str(report_id))
    return tickets[0]


def _refuse(wish: Wish, ticket: Ticket, active: Sequence[ReportAssignment]) -> None:
    others = [item for item in active if item.did != wish.did]
    blocking = [item for item in others if item.end_us is None or not wish.permanent]
    if blocking:
        raise Rejected(
            ALREADY_ASSIGNED, place=f"report {ticket.id}", expected="a report nobody else has", found=blocking[0].did
        )
    if wish.permanent and ticket.state is TicketState.CLOSED:
        raise Rejected(
            INVALID_ASSIGNMENT, place=f"report {ticket.id}", expected="a pending report", hint="reopen it first"
        )


def _queue(wish: Wish, ticket: Ticket, own: ReportAssignment | None) -> int | None:
    queue_id = wish.queue_id
    if queue_id is None and own is not None:
        queue_id = own.queue_id
    if queue_id is None:
        queue_id = ticket.queue_id
    return None if queue_id in (None, UNMATCHED) else queue_id


def _store(tx: Connection, given: ReportAssignment, own: ReportAssignment | None) -> ReportAssignment:
    values = {"queue_id": given.queue_id, "end_us": given.end_us}
    if own is not None:
        tx.execute(update(REPORT_ASSIGNMENT).where(REPORT_ASSIGNMENT.c.id == own.id).values(values))
        return replace(given, id=own.id)
    row = {"report_id": given.report_id, "did": given.did, "start_us": given.start_us, **values}
    key = tx.execute(insert(REPORT_ASSIGNMENT), row).inserted_primary_key
    if key is None:
        raise Broken("report_assignment: the database gave the new row no number")
    return replace(given, id=key[0])


def active_assignments(tx: Connection, report_ids: Sequence[int], now_us: UtcMicros) -> list[ReportAssignment]:
    """Who works on the reports now; a permanent assignment comes first."""
    table = REPORT_ASSIGNMENT
    active = or_(table.c.end_us.is_(None), table.c.end_us > now_us)
    query = select(table).where(and_(table.c.report_id.in_(report_ids), active)).order_by(table.c.id)
    found = [report_assignment(row) for row in tx.execute(query)]
    return sorted(found, key=lambda item: item.end_us is not None)


def assignments_by_id(tx: Connection, ids: Sequence[int]) -> dict[int, ReportAssignment]:
    """Assignments by id."""
    query = select(REPORT_ASSIGNMENT).where(REPORT_ASSIGNMENT.c.id.in_(ids))
    return {row.id: report_assignment(row) for row in tx.execute(query)}


def end_assignments(tx: Connection, ended: Sequence[ReportAssignment], now_us: UtcMicros) -> None:
    """End assignments of reports that this transaction has locked."""
    if ended:
        ids = [item.id for item in ended]
        tx.execute(update(REPORT_ASSIGNMENT).where(REPORT_ASSIGNMENT.c.id.in_(ids)).values(end_us=now_us))


def report_assignment(row: Row[Any]) -> ReportAssignment:
    """Read a row of the table of assignments."""
    return ReportAssignment(row.id, row.report_id, row.queue_id, Did(row.did), row.start_us, row.end_us)
