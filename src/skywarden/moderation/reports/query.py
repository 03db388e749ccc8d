"""Find reports: filters to pages of rows, by one query whatever the filters are, and what stands around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.queues.criteria import RECORD, UNMATCHED
from skywarden.moderation.queues.rows import Queue, queues_by_id
from skywarden.moderation.reports.assignments import ReportAssignment, active_assignments
from skywarden.moderation.reports.tickets import is_pending
from skywarden.storage.tables import MODERATION_EVENT, REPORT, SUBJECT

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
"""A row of the report table with its event's `uri`, `cid`, `convo_id`, `message_id`."""

_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *REPORT.c,
    MODERATION_EVENT.c.uri,
    MODERATION_EVENT.c.cid,
    MODERATION_EVENT.c.convo_id,
    MODERATION_EVENT.c.message_id,
)


def _reports() -> Select[Any]:
    return select(*_COLUMNS).join(MODERATION_EVENT, MODERATION_EVENT.c.id == REPORT.c.decision_id)


def query_reports(tx: Connection, asked: ReportFilter) -> Sequence[ReportRow]:
    """Up to `limit` reports that pass the filter."""
    column = REPORT.c.updated_us if asked.sort == "updated" else REPORT.c.created_us
    query = _reports().where(*_where(asked)).limit(asked.limit)
    if asked.ascending:
        query = query.order_by(column, REPORT.c.id)
    else:
        query = query.order_by(column.desc(), REPORT.c.id.desc())
    if asked.beyond is not None:
        query = query.where(_beyond(column, asked.beyond, ascending=asked.ascending))
    return tx.execute(query).all()


def place_of(row: ReportRow, sort: SortField) -> Place:
    """The place of a row, for the page after it."""
    return Place(row.updated_us if sort == "updated" else row.created_us, row.id)


def reports_by_id(tx: Connection, ids: Sequence[int]) -> dict[int, ReportRow]:
    """Reports by id."""
    return {row.id: row for row in tx.execute(_reports().where(REPORT.c.id.in_(ids)))}


def latest_report(tx: Connection) -> Sequence[ReportRow]:
    """The newest report, if there is one."""
    return tx.execute(_reports().order_by(REPORT.c.id.desc()).limit(1)).all()


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Reports with what views say of each; `pending` counts the pending reports by subject's row."""

    rows: Sequence[ReportRow]
    assignments: Mapping[int, ReportAssignment]
    queues: Mapping[int, Queue]
    pending: Mapping[int, int]


def around(tx: Connection, rows: Sequence[ReportRow], now_us: UtcMicros) -> ReportPage:
    """Read who works on the reports now, their queues, and how many are pending on their subjects: three queries."""
    if not rows:
        return ReportPage((), {}, {}, {})
    active = active_assignments(tx, [row.id for row in rows], now_us)
    queue_ids = {row.queue_id for row in rows if row.queue_id is not None and row.queue_id > 0}
    return ReportPage(
        rows=rows,
        # The permanent assignment comes first, and is the one that stays.
        assignments={item.report_id: item for item in reversed(active)},
        queues=queues_by_id(tx, list(queue_ids)) if queue_ids else {},
        pending=pending_on(tx, list({row.subject_id for row in rows})),
    )


def pending_on(tx: Connection, subject_ids: Sequence[int]) -> dict[int, int]:
    """How many reports are pending on each subject that has any."""
    query = select(REPORT.c.subject_id, func.count().label("number")).where(
        REPORT.c.subject_id.in_(subject_ids), is_pending()
    )
    return {row.subject_id: row.number for row in tx.execute(query.group_by(REPORT.c.subject_id))}


def _where(asked: ReportFilter) -> list[ColumnElement[bool]]:
    columns = REPORT.c
    where = [columns.state == asked.state, columns.is_muted.is_(asked.is_muted)]
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
