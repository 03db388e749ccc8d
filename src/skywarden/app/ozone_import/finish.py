"""Make anew what Ozone computes and we keep: counts of subjects and accounts, strikes, tickets of old reports."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, select, update

from skywarden.app.ozone_import.target import Target
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.reasons import APPEALS
from skywarden.moderation.reports.machine import Activity, TicketState
from skywarden.moderation.reports.tickets import routing_columns
from skywarden.moderation.save_accounts import save_strikes
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import (
    ACCOUNT_STAT,
    MODERATION_EVENT,
    REPORT,
    REPORT_ACTIVITY,
    REPORT_ASSIGNMENT,
    SUBJECT,
)

_EVENT = MODERATION_EVENT.c
_DONE, _WORK = REPORT_ACTIVITY.alias("done"), REPORT_ASSIGNMENT.alias("work")
_AT_ONCE = 500
_PENDING = ("reviewOpen", "reviewEscalated")


def finish(target: Target, now_us: UtcMicros, *, tickets: bool) -> None:
    """Count and add up; `tickets` says that the Ozone had none, so that they are made of the reports."""
    with target.db.write("import.counts") as tx:
        tx.execute(update(SUBJECT).values({name: _counted(which) for name, which in _COUNTS.items()}))
        tx.execute(delete(ACCOUNT_STAT))
        tx.execute(insert(ACCOUNT_STAT).from_select(["did", *_SUMS], _sums()))
    for dids in _struck(target):
        with target.db.write("import.strikes") as tx:
            save_strikes(tx, dids, now_us)
    if tickets:
        _make_tickets(target)
    _say_who_worked(target)


_APPEAL = and_(_EVENT.type == "modEventReport", _EVENT.report_type.in_(APPEALS))
_COUNTS: dict[str, ColumnElement[bool]] = {
    "report_count": and_(_EVENT.type == "modEventReport", _EVENT.report_type.not_in(APPEALS)),
    "appeal_count": _APPEAL,
    "escalate_count": _EVENT.type == "modEventEscalate",
    "suspend_count": and_(_EVENT.type == "modEventTakedown", _EVENT.expires_us.is_not(None)),
    "takedown_count": and_(_EVENT.type == "modEventTakedown", _EVENT.expires_us.is_(None)),
}


def _counted(which: ColumnElement[bool]) -> Any:
    return select(func.count()).where(_EVENT.subject_id == SUBJECT.c.id, which).scalar_subquery()


def _sum(number: Any, of: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((of, number), else_=0)), 0)


_ACCOUNT = and_(SUBJECT.c.record_path == "", SUBJECT.c.convo_id == "")
_RECORD = SUBJECT.c.record_path != ""
_SUMS: dict[str, Any] = {
    **{name: _sum(SUBJECT.c[name], _ACCOUNT) for name in _COUNTS},
    "total_reports": _sum(SUBJECT.c.report_count, _RECORD),
    "reported": _sum(1, and_(_RECORD, SUBJECT.c.report_count > 0)),
    "escalated": _sum(1, and_(_RECORD, SUBJECT.c.escalate_count > 0)),
    "appealed": _sum(1, and_(_RECORD, SUBJECT.c.appeal_count > 0)),
    "subjects": _sum(1, _RECORD),
    "pending": _sum(1, and_(_RECORD, SUBJECT.c.review.in_(_PENDING))),
    "processed": _sum(1, and_(_RECORD, SUBJECT.c.review.not_in(_PENDING))),
    "takendown": _sum(1, and_(_RECORD, SUBJECT.c.takendown.is_(True))),
}


def _sums() -> Select[Any]:
    return select(SUBJECT.c.did, *(value.label(name) for name, value in _SUMS.items())).group_by(SUBJECT.c.did)


def _struck(target: Target) -> Iterator[list[Did]]:
    """Accounts that were ever given strikes."""
    with target.db.read() as tx:
        query = select(_EVENT.did).where(_EVENT.strike_count.is_not(None)).distinct().order_by(_EVENT.did)
        found = [Did(did) for did in tx.execute(query).scalars()]
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]


def _make_tickets(target: Target) -> None:
    """Make a ticket of each report: open where its subject still waits for review, closed otherwise."""
    while True:
        with target.db.write("import.tickets") as tx:
            query = (
                select(MODERATION_EVENT, SUBJECT.c.review, SUBJECT.c.updated_us)
                .join(SUBJECT, SUBJECT.c.id == _EVENT.subject_id)
                .outerjoin(REPORT, REPORT.c.decision_id == _EVENT.id)
                .where(_EVENT.type == "modEventReport", REPORT.c.id.is_(None))
                .order_by(_EVENT.id)
                .limit(_AT_ONCE)
            )
            events = tx.execute(query).all()
            if not events:
                return
            first = take_numbers(target.db, tx, "report", len(events))
            tx.execute(insert(REPORT), [_ticket(number, event) for number, event in enumerate(events, first)])


def _ticket(number: int, event: Any) -> dict[str, object]:
    waits = event.review in _PENDING
    return {
        "id": number,
        "decision_id": event.id,
        "subject_id": event.subject_id,
        "did": event.did,
        "reason_type": event.report_type or "",
        "reported_by": event.created_by,
        "comment": event.comment,
        "rule": None,
        "state": "open" if waits else "closed",
        "created_us": event.created_us,
        "updated_us": event.created_us if waits else event.updated_us,
        "closed_us": None if waits else event.updated_us,
        "is_muted": False,
        **routing_columns(event.record_path, event.convo_id, event.message_id, event.tool_json, by_rule=False),
    }


def _say_who_worked(target: Target) -> None:
    """Put on each report who closed it last, and since when it is whose it is: what statistics count by."""
    closing = (_DONE.c.report_id == REPORT.c.id) & (_DONE.c.type == Activity.CLOSED.value)
    last = select(func.max(_DONE.c.id)).where(closing).correlate(REPORT).scalar_subquery()
    closer = select(REPORT_ACTIVITY.c.created_by).where(REPORT_ACTIVITY.c.id == last)
    closed_by = closer.correlate(REPORT).scalar_subquery()
    mine = (_WORK.c.report_id == REPORT.c.id) & (_WORK.c.did == REPORT.c.assigned_to) & _WORK.c.end_us.is_(None)
    assigned_us = select(func.max(_WORK.c.start_us)).where(mine).scalar_subquery()
    with target.db.write("import.workers") as tx:
        tx.execute(update(REPORT).where(REPORT.c.state == TicketState.CLOSED.value).values(closed_by=closed_by))
        tx.execute(update(REPORT).where(REPORT.c.assigned_to.is_not(None)).values(assigned_us=assigned_us))
