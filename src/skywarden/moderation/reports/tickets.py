"""Open report tickets and change them, in the transaction of whatever moderation does.

Retry: the transaction is the caller's; what it did not commit never was.
Crash: as retry.
Two writers: tickets are locked in the order of their ids before they change. Numbers of activities are taken last but
for the audit's, so that activities become visible in the order of their ids and nobody waits crosswise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.queues.criteria import RECORD
from skywarden.moderation.reports.machine import PENDING, Activity, TicketState, after, waiting_state
from skywarden.moderation.reports.tool import tool_wishes
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import REPORT, REPORT_ACTIVITY

REPORT_COUNTER, ACTIVITY_COUNTER = "report", "report_activity"


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A report as its event says it. `tool_json` is the client's modTool, which may name a queue."""

    event_id: int
    subject_id: int
    did: Did
    reason_type: str
    reported_by: Did
    record_path: str = ""
    convo_id: str = ""
    message_id: str = ""
    comment: str | None = None
    rule: str | None = None
    tool_json: str | None = None
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """What changes of a ticket."""

    id: int
    event_id: int
    subject_id: int
    reason_type: str
    state: TicketState
    queue_id: int | None
    queued_us: UtcMicros | None
    closed_us: UtcMicros | None
    closed_by: str | None
    assigned_to: str | None
    assigned_us: UtcMicros | None
    action_event_ids: tuple[int, ...]
    action_note: str | None

    def moved(self, activity: Activity, by: str, now_us: UtcMicros) -> "Ticket":
        """The ticket after an activity. Raises: Rejected, as `machine.after` does."""
        state = after(self.state, activity)
        closed = state is TicketState.CLOSED
        ticket = replace(self, state=state)
        if closed and self.state is not TicketState.CLOSED:
            return replace(ticket, closed_us=now_us, closed_by=by)
        if not closed:
            ticket = replace(ticket, closed_us=None, closed_by=None)
        if state in (TicketState.OPEN, TicketState.QUEUED):
            ticket = replace(ticket, assigned_to=None, assigned_us=None)
        return ticket

    def waiting(self, queue_id: int | None, now_us: UtcMicros) -> "Ticket":
        """The ticket in a queue (None or -1: in none); one that nobody works on waits there."""
        ticket = replace(self, queue_id=queue_id, queued_us=now_us if queue_id is not None and queue_id > 0 else None)
        if self.state in (TicketState.OPEN, TicketState.QUEUED):
            ticket = replace(ticket, state=waiting_state(queue_id))
        return ticket


@dataclass(frozen=True, slots=True)
class Done:
    """An activity on a ticket, to be stored."""

    report_id: int
    activity: Activity
    previous: TicketState | None
    by: str
    internal_note: str | None = None
    public_note: str | None = None
    meta: dict[str, object] = field(default_factory=dict)
    is_automated: bool = False


def open_tickets(db: Database, tx: Connection, tickets: Sequence[NewTicket], now_us: UtcMicros) -> list[int]:
    """Make a ticket of each report; return their ids, in the same order."""
    if not tickets:
        return []
    first = take_numbers(db, tx, REPORT_COUNTER, len(tickets))
    rows = [_row(number, ticket, now_us) for number, ticket in enumerate(tickets, first)]
    if len(rows) == 1:
        _INSERT_ONE.run(tx, rows[0])  # a person's report: building the statement would cost more than running it
    else:
        tx.execute(insert(REPORT), rows)
    return list(range(first, first + len(tickets)))


_GIVEN = (
    "id",
    "decision_id",
    "subject_id",
    "did",
    "subject_type",
    "collection",
    "reason_type",
    "reported_by",
    "comment",
    "rule",
    "state",
    "created_us",
    "updated_us",
    "is_muted",
    "is_automated",
    "wanted_queue_id",
)
_INSERT_ONE = Prepared(insert(REPORT).inline().values({name: bindparam(name) for name in _GIVEN}))


def routing_columns(
    record_path: str, convo_id: str, message_id: str, tool_json: str | None, *, by_rule: bool
) -> dict[str, object]:
    """The columns of a ticket by which it is routed and found."""
    wishes = tool_wishes(tool_json)
    return {
        "subject_type": subject_type(record_path, convo_id, message_id),
        "collection": record_path.partition("/")[0],
        "wanted_queue_id": wishes.queue_id,
        "is_automated": by_rule or wishes.is_automated,
    }


def _row(number: int, ticket: NewTicket, now_us: UtcMicros) -> dict[str, object]:
    by_rule = ticket.rule is not None
    return {
        "id": number,
        "decision_id": ticket.event_id,
        "subject_id": ticket.subject_id,
        "did": ticket.did,
        **routing_columns(ticket.record_path, ticket.convo_id, ticket.message_id, ticket.tool_json, by_rule=by_rule),
        "reason_type": ticket.reason_type,
        "reported_by": ticket.reported_by,
        "comment": ticket.comment or None,
        "rule": ticket.rule,
        "state": TicketState.OPEN.value,
        "created_us": now_us,
        "updated_us": now_us,
        "is_muted": ticket.is_muted,
    }


def subject_type(record_path: str, convo_id: str, message_id: str) -> str:
    """Name the kind of subject as queues do."""
    if convo_id:
        return "message" if message_id else "conversation"
    return RECORD if record_path else "account"


def is_pending() -> ColumnElement[bool]:
    """The condition of a report that nobody has answered."""
    return REPORT.c.state.in_([state.value for state in PENDING])


def read_tickets(tx: Connection, *where: ColumnElement[bool]) -> list[Ticket]:
    """Read tickets as they are now."""
    return [_ticket(row) for row in tx.execute(select(*_READ).where(*where).order_by(REPORT.c.id))]


def lock_tickets(tx: Connection, *where: ColumnElement[bool]) -> list[Ticket]:
    """Read tickets so that no other transaction changes them before this one ends."""
    query = select(*_READ).where(*where).order_by(REPORT.c.id).with_for_update()
    return [_ticket(row) for row in tx.execute(query)]


_READ: tuple[ColumnElement[Any], ...] = (
    REPORT.c.id,
    REPORT.c.decision_id,
    REPORT.c.subject_id,
    REPORT.c.reason_type,
    REPORT.c.state,
    REPORT.c.queue_id,
    REPORT.c.queued_us,
    REPORT.c.closed_us,
    REPORT.c.closed_by,
    REPORT.c.assigned_to,
    REPORT.c.assigned_us,
    REPORT.c.action_event_ids_json,
    REPORT.c.action_note,
)


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id,
        event_id=row.decision_id,
        subject_id=row.subject_id,
        reason_type=row.reason_type,
        state=TicketState(row.state),
        queue_id=row.queue_id,
        queued_us=row.queued_us,
        closed_us=row.closed_us,
        closed_by=row.closed_by,
        assigned_to=row.assigned_to,
        assigned_us=row.assigned_us,
        action_event_ids=action_event_ids(row.action_event_ids_json),
        action_note=row.action_note,
    )


def action_event_ids(stored: str | None) -> tuple[int, ...]:
    """The ids of the events that acted on a report, oldest first."""
    return msgspec.json.decode(stored, type=tuple[int, ...]) if stored else ()


_CHANGES = (
    "state",
    "queue_id",
    "queued_us",
    "closed_us",
    "closed_by",
    "assigned_to",
    "assigned_us",
    "action_event_ids_json",
    "action_note",
    "updated_us",
)
_UPDATE = (
    update(REPORT)
    .where(REPORT.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGES})
)


def save_tickets(tx: Connection, tickets: Iterable[Ticket], now_us: UtcMicros) -> None:
    """Write tickets that this transaction has locked."""
    rows = [
        {
            "row_id": ticket.id,
            "new_state": ticket.state.value,
            "new_queue_id": ticket.queue_id,
            "new_queued_us": ticket.queued_us,
            "new_closed_us": ticket.closed_us,
            "new_closed_by": ticket.closed_by,
            "new_assigned_to": ticket.assigned_to,
            "new_assigned_us": ticket.assigned_us,
            "new_action_event_ids_json": _stored(ticket.action_event_ids),
            "new_action_note": ticket.action_note,
            "new_updated_us": now_us,
        }
        for ticket in tickets
    ]
    if rows:
        tx.execute(_UPDATE, rows)


def _stored(ids: tuple[int, ...]) -> str | None:
    return msgspec.json.encode(ids).decode() if ids else None


def save_activities(db: Database, tx: Connection, done: Sequence[Done], now_us: UtcMicros) -> list[int]:
    """Store what was done; return the ids, in the same order. Only the audit may be written after it."""
    if not done:
        return []
    first = take_numbers(db, tx, ACTIVITY_COUNTER, len(done))
    rows = [
        {
            "id": number,
            "report_id": item.report_id,
            "type": item.activity.value,
            "previous_state": None if item.previous is None else item.previous.value,
            "internal_note": item.internal_note,
            "public_note": item.public_note,
            "meta_json": msgspec.json.encode(item.meta).decode() if item.meta else None,
            "is_automated": item.is_automated,
            "created_by": item.by,
            "created_us": now_us,
        }
        for number, item in enumerate(done, first)
    ]
    tx.execute(insert(REPORT_ACTIVITY), rows)
    return list(range(first, first + len(done)))
