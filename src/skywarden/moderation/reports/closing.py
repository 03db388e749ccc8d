"""Close every pending report on a subject without acting on the subject."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.reports.machine import Activity, permitted
from skywarden.moderation.reports.tickets import Done, is_pending, lock_tickets, save_activities, save_tickets
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, SUBJECT


@dataclass(frozen=True, slots=True)
class Closing:
    """A wish to close the reports on a subject (an account's uri is its DID); no `report_types`: of any type."""

    uri: str
    by: Did
    report_types: Sequence[str] = ()
    internal_note: str | None = None
    is_automated: bool = False


def close_reports(db: Database, clock: Clock, closing: Closing) -> list[int]:
    """Close what may be closed; return the ids of the reports that were.

    Two writers: a report that somebody else changes meanwhile is waited for, and closed if it still may be.
    """
    now_us = clock.now_us()
    with db.write("reports.close") as tx:
        before = [ticket for ticket in lock_tickets(tx, *_where(closing)) if permitted(ticket.state, Activity.CLOSED)]
        if not before:
            return []
        save_tickets(tx, [ticket.moved(Activity.CLOSED, closing.by, now_us) for ticket in before], now_us)
        done = [
            Done(
                report_id=ticket.id,
                activity=Activity.CLOSED,
                previous=ticket.state,
                by=closing.by,
                internal_note=closing.internal_note or None,
                is_automated=closing.is_automated,
            )
            for ticket in before
        ]
        save_activities(db, tx, done, now_us)
        ids = [ticket.id for ticket in before]
        change = {"reports": ids, "note": closing.internal_note, "automated": closing.is_automated}
        text = msgspec.json.encode(change).decode()
        append_audit(db, tx, [Change(closing.by, "closeReports", closing.uri, text)], now_us)
    return ids


def _where(closing: Closing) -> list[ColumnElement[bool]]:
    subject = select(SUBJECT.c.id).where(SUBJECT.c.uri == closing.uri, SUBJECT.c.convo_id == "").scalar_subquery()
    where = [REPORT.c.subject_id == subject, is_pending()]
    if closing.report_types:
        where.append(REPORT.c.reason_type.in_(closing.report_types))
    return where
