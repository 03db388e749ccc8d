"""Find reports: filters to pages of rows, by one query whatever the filters are, and what stands around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.queues.criteria import RECORD, UNMATCHED
from skywarden.moderation.queues.rows import Queue, queues_by_id
from skywarden.moderation.reports.assignments import ReportAssignment, assignments_by_id
from skywarden.moderation.reports.machine import PENDING
from skywarden.storage.tables import MODERATION_EVENT, REPORT, REPORT_ASSIGNMENT, SUBJECT

SortField = Literal["created", "updated"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a sorted list a page ends: the last row's time and id."""

    at_us: int
    id: int


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports, and in which order; None or empty: any. `subject` is a DID or an at-uri; queue -1: in none."""

    state: str
    queue_id: int | None = None
    report_types: Sequence[str] = ()
    subject: str | None = None
    did: str | None = None
    subject_type: str | None = None
    collections: Sequence[str] = ()
    reported_after_us: UtcMicros | None = None
    reported_before_us: UtcMicros | None = None
    is_muted: bool = False
    assigned_to: str | None = None
    sort: SortField = "created"
    ascending: bool = False
    beyond: Place | None = None
    limit: int = 50


ReportRow = Row[Any]
"""A row of the report table with its event's `uri`, `cid`, `convo_id`, `message_id`, with `pending`, the number of
pending reports on its subject, and with `assignment_id`, the newest assignment of it that may still last."""

_OTHER = REPORT.alias("other")
_PENDING = (
    select(func.count())
    .where(_OTHER.c.subject_id == REPORT.c.subject_id, _OTHER.c.state.in_(sorted(PENDING)))
    .scalar_subquery()
)


def _reports(now_us: UtcMicros) -> Select[Any]:
    table = REPORT_ASSIGNMENT
    lasts = or_(table.c.end_us.is_(None), table.c.end_us > now_us)
    # Whoever has a report permanently is its only worker, so the newest assignment is the one that counts.
    assignment = select(func.max(table.c.id)).where(table.c.report_id == REPORT.c.id, lasts).scalar_subquery()
    return _SELECTED.add_columns(assignment.label("assignment_id"))


_SELECTED = select(
    *REPORT.c,
    MODERATION_EVENT.c.uri,
    MODERATION_EVENT.c.cid,
    MODERATION_EVENT.c.convo_id,
    MODERATION_EVENT.c.message_id,
    _PENDING.label("pending"),
).join(MODERATION_EVENT, MODERATION_EVENT.c.id == REPORT.c.decision_id)


def query_reports(tx: Connection, asked: ReportFilter, now_us: UtcMicros) -> Sequence[ReportRow]:
    """Up to `limit` reports that pass the filter."""
    if not _can_be_there(asked):
        return ()
    column = REPORT.c.updated_us if asked.sort == "updated" else REPORT.c.created_us
    query = _reports(now_us).where(*_where(asked)).limit(asked.limit)
    if asked.ascending:
        query = query.order_by(column, REPORT.c.id)
    else:
        query = query.order_by(column.desc(), REPORT.c.id.desc())
    if asked.beyond is not None:
        query = query.where(_beyond(column, asked.beyond, ascending=asked.ascending))
    return tx.execute(query).all()


def _can_be_there(asked: ReportFilter) -> bool:
    """Whether any report may have such words: all are ASCII, and some databases refuse to compare others with them."""
    words = (asked.state, asked.subject or "", asked.subject_type or "", *asked.report_types)
    return all(word.isascii() and "\0" not in word for word in words)


def place_of(row: ReportRow, sort: SortField) -> Place:
    """The place of a row, for the page after it."""
    return Place(row.updated_us if sort == "updated" else row.created_us, row.id)


def reports_by_id(tx: Connection, ids: Sequence[int], now_us: UtcMicros) -> Sequence[ReportRow]:
    """The reports with these ids that exist, oldest first."""
    return tx.execute(_reports(now_us).where(REPORT.c.id.in_(ids)).order_by(REPORT.c.id)).all()


def latest_report(tx: Connection, now_us: UtcMicros) -> Sequence[ReportRow]:
    """The newest report, if there is one."""
    return tx.execute(_reports(now_us).order_by(REPORT.c.id.desc()).limit(1)).all()


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Reports with who works on them, by the assignment's id, and the queues that they are in."""

    rows: Sequence[ReportRow]
    assignments: Mapping[int, ReportAssignment]
    queues: Mapping[int, Queue]


def around(tx: Connection, rows: Sequence[ReportRow]) -> ReportPage:
    """Read what reports refer to, where they do: two queries at most."""
    assignment_ids = [row.assignment_id for row in rows if row.assignment_id is not None]
    queue_ids = {row.queue_id for row in rows if row.queue_id is not None and row.queue_id > 0}
    return ReportPage(
        rows=rows,
        assignments=assignments_by_id(tx, assignment_ids) if assignment_ids else {},
        queues=queues_by_id(tx, list(queue_ids)) if queue_ids else {},
    )


def _where(asked: ReportFilter) -> list[ColumnElement[bool]]:
    columns = REPORT.c
    where = [_state(asked), columns.is_muted.is_(asked.is_muted)]
    if asked.queue_id == UNMATCHED:
        where.append(or_(columns.queue_id == UNMATCHED, columns.queue_id.is_(None)))
    elif asked.queue_id is not None:
        where.append(columns.queue_id == asked.queue_id)
    if asked.report_types:
        where.append(columns.reason_type.in_(asked.report_types))
    if asked.subject is not None:
        # A conversation bears its member's DID as its uri; its reports are found by `did`.
        subject = select(SUBJECT.c.id).where(SUBJECT.c.uri == asked.subject, SUBJECT.c.convo_id == "")
        where.append(columns.subject_id == subject.scalar_subquery())
    if asked.did is not None:
        where.append(columns.did == asked.did)
    if asked.assigned_to is not None:
        where.append(columns.assigned_to == asked.assigned_to)
    return where + _where_subject(asked) + _where_time(asked)


def _state(asked: ReportFilter) -> ColumnElement[bool]:
    narrow = any(wish is not None for wish in (asked.subject, asked.did, asked.assigned_to))
    # Few reports have one subject or moderator: an expression keeps databases without statistics off the states' index.
    column = func.coalesce(REPORT.c.state, "") if narrow else REPORT.c.state
    return column == asked.state


def _where_subject(asked: ReportFilter) -> list[ColumnElement[bool]]:
    where = []
    if asked.subject_type is not None:
        where.append(REPORT.c.subject_type == asked.subject_type)
    if asked.collections and asked.subject_type in (None, RECORD):
        where.append(REPORT.c.collection.in_(asked.collections))
    return where


def _where_time(asked: ReportFilter) -> list[ColumnElement[bool]]:
    where = []
    if asked.reported_after_us is not None:
        where.append(REPORT.c.created_us > asked.reported_after_us)
    if asked.reported_before_us is not None:
        where.append(REPORT.c.created_us < asked.reported_before_us)
    return where


def _beyond(column: ColumnElement[int], place: Place, *, ascending: bool) -> ColumnElement[bool]:
    # The first condition alone bounds the index range on every database; the second one settles ties.
    if ascending:
        return and_(column >= place.at_us, or_(column > place.at_us, REPORT.c.id > place.id))
    return and_(column <= place.at_us, or_(column < place.at_us, REPORT.c.id < place.id))
