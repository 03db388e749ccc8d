"""Put a report into another queue by hand, or take it out of all."""

import msgspec
from sqlalchemy import Connection

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.queues.criteria import UNMATCHED
from skywarden.moderation.queues.rows import share_queue
from skywarden.moderation.reports.machine import Activity, TicketState
from skywarden.moderation.reports.tickets import Done, Ticket, lock_tickets, save_activities, save_tickets
from skywarden.storage import Database
from skywarden.storage.tables import REPORT


def reassign_queue(
    db: Database, clock: Clock, report_id: int, queue_id: int, *, by: Did, note: str | None = None
) -> None:
    """Move a pending report; `queue_id` -1 takes it out of its queue.

    Two writers: the queue is locked first, so it is neither deleted nor disabled before the report is in it.

    Raises: Rejected ReportNotFound, ReportClosed, AlreadyInTargetQueue, QueueNotFound, QueueDisabled.
    """
    now_us = clock.now_us()
    with db.write("reports.reassign") as tx:
        if queue_id != UNMATCHED:
            _check_queue(tx, queue_id)
        ticket = _lock(tx, report_id)
        if (UNMATCHED if ticket.queue_id is None else ticket.queue_id) == queue_id:
            raise Rejected("AlreadyInTargetQueue", place="queueId", expected="another queue", found=str(queue_id))
        after = ticket.waiting(queue_id, now_us)
        save_tickets(tx, [after], now_us)
        meta: dict[str, object] = {"fromQueueId": ticket.queue_id, "toQueueId": queue_id}
        done = Done(report_id, Activity.QUEUED, ticket.state, by, internal_note=note or None, meta=meta)
        save_activities(db, tx, [done], now_us)
        change = {"queue": [ticket.queue_id, queue_id], "state": [ticket.state, after.state], "note": note}
        text = msgspec.json.encode(change).decode()
        append_audit(db, tx, [Change(by, "reassignQueue", f"report:{report_id}", text)], now_us)


def _check_queue(tx: Connection, queue_id: int) -> None:
    queue = share_queue(tx, queue_id)
    if queue is None:
        raise Rejected("QueueNotFound", place="queueId", expected="a queue that exists, or -1", found=str(queue_id))
    if not queue.enabled:
        raise Rejected("QueueDisabled", place="queueId", expected="an enabled queue", found=str(queue_id))


def _lock(tx: Connection, report_id: int) -> Ticket:
    tickets = lock_tickets(tx, REPORT.c.id == report_id)
    if not tickets:
        raise Rejected("ReportNotFound", place="reportId", expected="a report that exists", found=str(report_id))
    if tickets[0].state is TicketState.CLOSED:
        raise Rejected("ReportClosed", place="reportId", expected="a pending report", hint="reopen it first")
    return tickets[0]
