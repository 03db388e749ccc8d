"""Pages of subjects and what moderation holds of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.events import DEFS
from skywarden.moderation.queries.conditions import Conditions, about, bad_cursor, micros, says
from skywarden.storage.tables import ACCOUNT_STAT, ACCOUNT_STRIKE, SUBJECT, SUBJECT_TAG

_STATS = {f"stat_{column.name}": column for column in ACCOUNT_STAT.c if column.name != "did"}
_STRIKES = {f"strike_{column.name}": column for column in ACCOUNT_STRIKE.c if column.name != "did"}
_PRIME = 2_147_483_647
_ROW, _STAT, _STRIKE = SUBJECT.c, ACCOUNT_STAT.c, ACCOUNT_STRIKE.c

_SORTS: dict[str, ColumnElement[Any]] = {
    "lastReviewedAt": _ROW.last_reviewed_us,
    "lastReportedAt": _ROW.last_reported_us,
    "reportedRecordsCount": _STAT.reported,
    "takendownRecordsCount": _STAT.takendown,
    "priorityScore": _ROW.priority_score,
}
_MOMENTS = (
    ("reported_after", "reported_before", _ROW.last_reported_us),
    ("reviewed_after", "reviewed_before", _ROW.last_reviewed_us),
    ("hosting_deleted_after", "hosting_deleted_before", _ROW.hosting_deleted_us),
    ("hosting_updated_after", "hosting_updated_before", _ROW.hosting_updated_us),
)
_LEAST: tuple[tuple[str, ColumnElement[Any]], ...] = (
    ("min_account_suspend_count", _STAT.suspend_count),
    ("min_reported_records_count", _STAT.reported),
    ("min_takendown_records_count", _STAT.takendown),
    ("min_priority_score", _ROW.priority_score),
    ("min_strike_count", _STRIKE.active),
)
_SAME: tuple[tuple[str, ColumnElement[Any]], ...] = (
    ("last_reviewed_by", _ROW.last_reviewed_by),
    ("takendown", _ROW.takendown),
    ("appealed", _ROW.appealed),
    ("age_assurance_state", _ROW.age_assurance_state),
)


class StatusFilter(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What to ask for; names and meaning as tools.ozone.moderation.queryStatuses has them."""

    queue_count: int | None = None
    queue_index: int | None = None
    queue_seed: str = ""
    include_all_user_records: bool | None = None
    subject: str | None = None
    comment: str | None = None
    reported_after: str | None = None
    reported_before: str | None = None
    reviewed_after: str | None = None
    hosting_deleted_after: str | None = None
    hosting_deleted_before: str | None = None
    hosting_updated_after: str | None = None
    hosting_updated_before: str | None = None
    hosting_statuses: tuple[str, ...] = ()
    reviewed_before: str | None = None
    include_muted: bool | None = None
    only_muted: bool | None = None
    review_state: str | None = None
    ignore_subjects: tuple[str, ...] = ()
    last_reviewed_by: str | None = None
    sort_field: str = "lastReportedAt"
    sort_direction: str = "desc"
    takendown: bool | None = None
    appealed: bool | None = None
    limit: int = 50
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    cursor: str | None = None
    collections: tuple[str, ...] = ()
    subject_type: str | None = None
    min_account_suspend_count: int | None = None
    min_reported_records_count: int | None = None
    min_takendown_records_count: int | None = None
    min_priority_score: int | None = None
    min_strike_count: int | None = None
    age_assurance_state: str | None = None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Rows of `select_statuses` in the order that was asked for, and the cursor of what comes after, if anything."""

    rows: Sequence[Row[Any]]
    cursor: str | None


def select_statuses() -> Select[Any]:
    """Subjects with what is counted of their accounts; add conditions, order and limit."""
    return _SELECT


def _select() -> Select[Any]:
    columns = [column.label(name) for name, column in (_STATS | _STRIKES).items()]
    joined = SUBJECT.outerjoin(ACCOUNT_STAT, _STAT.did == _ROW.did).outerjoin(ACCOUNT_STRIKE, _STRIKE.did == _ROW.did)
    return select(SUBJECT, *columns).select_from(joined)


_SELECT = _select()


def status_page(tx: Connection, asked: StatusFilter, now_us: UtcMicros) -> StatusPage:
    """One page, those without a value of the sort field last. Raises: Rejected InvalidRequest.

    Two queries at most: the rows that have a value, which an index orders, then the others.
    """
    column = _SORTS[asked.sort_field]
    conditions = _conditions(asked, now_us)
    value, number = _read_cursor(asked.cursor)
    rows: list[Row[Any]] = []
    if asked.cursor is None or value is not None:
        rows += _rows(tx, asked, [*conditions, column.is_not(None)], column, value, number, asked.limit)
        value, number = None, None
    if len(rows) < asked.limit and asked.sort_field != "priorityScore":
        rows += _rows(tx, asked, [*conditions, column.is_(None)], None, None, number, asked.limit - len(rows))
    return StatusPage(rows, _cursor(rows[-1], asked.sort_field) if len(rows) == asked.limit else None)


def _rows(
    tx: Connection,
    asked: StatusFilter,
    conditions: Conditions,
    column: ColumnElement[Any] | None,
    value: int | None,
    number: int | None,
    limit: int,
) -> Sequence[Row[Any]]:
    down = asked.sort_direction == "desc"
    if number is not None:
        further = _ROW.id < number if down else _ROW.id > number
        if column is not None and value is not None:
            reach = column <= value if down else column >= value
            beyond = column < value if down else column > value
            further = and_(reach, or_(beyond, further))
        conditions = [*conditions, further]
    keys = [_ROW.id] if column is None else [column, _ROW.id]
    order = [key.desc() if down else key.asc() for key in keys]
    return tx.execute(_SELECT.where(*conditions).order_by(*order).limit(limit)).all()


_SORT_NAMES = {
    "lastReviewedAt": "last_reviewed_us",
    "lastReportedAt": "last_reported_us",
    "reportedRecordsCount": "stat_reported",
    "takendownRecordsCount": "stat_takendown",
    "priorityScore": "priority_score",
}


def _cursor(row: Row[Any], sort_field: str) -> str:
    value = getattr(row, _SORT_NAMES[sort_field])
    return f"{'' if value is None else value}:{row.id}"


def _read_cursor(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    value, _, number = text.partition(":")
    parts = [part for part in (value, number) if part]
    if not number or len(text) > 40 or not all(part.isascii() and part.isdigit() for part in parts):
        raise bad_cursor(text)
    return int(value) if value else None, int(number)


def _conditions(asked: StatusFilter, now_us: UtcMicros) -> Conditions:
    found = about(
        SUBJECT, asked.subject, asked.subject_type, asked.collections, all_records=asked.include_all_user_records
    )
    for after, before, column in _MOMENTS:
        if (least := getattr(asked, after)) is not None:
            found.append(column > micros(after, least))
        if (most := getattr(asked, before)) is not None:
            found.append(column < micros(before, most))
    found += [column >= least for name, column in _LEAST if (least := getattr(asked, name)) is not None]
    found += [column == wanted for name, column in _SAME if (wanted := getattr(asked, name)) is not None]
    if asked.review_state is not None:
        found.append(_ROW.review == asked.review_state.removeprefix(DEFS))
    if asked.hosting_statuses:
        found.append(_ROW.hosting_status.in_(asked.hosting_statuses))
    if asked.comment:
        found.append(says(_ROW.comment, asked.comment))
    if asked.ignore_subjects:
        found.append(_ROW.uri.not_in(asked.ignore_subjects))
    return found + _muted(asked, now_us) + _tagged(asked) + _queued(asked)


def _muted(asked: StatusFilter, now_us: UtcMicros) -> Conditions:
    if asked.only_muted:
        return [or_(_ROW.muted_until_us > now_us, _ROW.mute_reporting_until_us > now_us)]
    return [] if asked.include_muted else [or_(_ROW.muted_until_us.is_(None), _ROW.muted_until_us <= now_us)]


def _tagged(asked: StatusFilter) -> Conditions:
    """Any of the entries, each of them tags that are all there; and none of those to leave out."""
    wanted = [[tag.strip() for tag in entry.split("&&") if tag.strip()] for entry in asked.tags]
    found: Conditions = []
    if any(wanted):
        found.append(or_(*(and_(*(_has_tag([tag]) for tag in tags)) for tags in wanted if tags)))
    return [*found, ~_has_tag(asked.exclude_tags)] if asked.exclude_tags else found


def _has_tag(tags: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(SUBJECT_TAG.c.subject_id == _ROW.id, SUBJECT_TAG.c.tag.in_(tags))


def _queued(asked: StatusFilter) -> Conditions:
    """Cut all subjects into `queue_count` parts by account; a seed shuffles them alike for all who give it."""
    if asked.queue_count is None or asked.queue_index is None:
        return []
    if not 0 <= asked.queue_index < asked.queue_count:
        raise Rejected("InvalidRequest", place="queueIndex", expected="0 or more, below queueCount")
    drawn = int.from_bytes(hashlib.sha256(asked.queue_seed.encode()).digest()[:16], "big")
    factor, shift = drawn % (_PRIME - 1) + 1, drawn // _PRIME % _PRIME
    # Below 2^62 all along: no database overflows.
    return [(_ROW.shard * factor + shift) % _PRIME % asked.queue_count == asked.queue_index]
