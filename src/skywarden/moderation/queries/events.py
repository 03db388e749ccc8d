"""Pages of moderation events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, select

from skywarden.moderation.event_rows import LABEL_ADDED, LABEL_REMOVED, POLICY, TAG_ADDED, TAG_REMOVED, word_of
from skywarden.moderation.events import DEFS
from skywarden.moderation.queries.conditions import Conditions, about, bad_cursor, micros, says
from skywarden.storage.tables import MODERATION_EVENT, MODERATION_EVENT_WORD

_EVENT = MODERATION_EVENT.c
_SELECT: Select[Any] = select(
    _EVENT.id,
    _EVENT.event_json,
    _EVENT.did,
    _EVENT.record_path,
    _EVENT.convo_id,
    _EVENT.message_id,
    _EVENT.uri,
    _EVENT.cid,
    _EVENT.blob_cids_json,
    _EVENT.created_by,
    _EVENT.created_us,
    _EVENT.tool_json,
)


class EventFilter(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What to ask for; names and meaning as tools.ozone.moderation.queryEvents has them."""

    types: tuple[str, ...] = ()
    created_by: str | None = None
    sort_direction: str = "desc"
    created_after: str | None = None
    created_before: str | None = None
    subject: str | None = None
    collections: tuple[str, ...] = ()
    subject_type: str | None = None
    include_all_user_records: bool = False
    limit: int = 50
    has_comment: bool | None = None
    comment: str | None = None
    added_labels: tuple[str, ...] = ()
    removed_labels: tuple[str, ...] = ()
    added_tags: tuple[str, ...] = ()
    removed_tags: tuple[str, ...] = ()
    report_types: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    mod_tool: tuple[str, ...] = ()
    batch_id: str | None = None
    age_assurance_state: str | None = None
    with_strike: bool | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Rows in the order that was asked for, and the cursor of what comes after them, if anything does."""

    rows: Sequence[Row[Any]]
    cursor: str | None


def event_page(tx: Connection, asked: EventFilter) -> EventPage:
    """One page; ids grow in commit order, so they are the order of time. Raises: Rejected InvalidRequest."""
    newest_first = asked.sort_direction == "desc"
    query, number = _source(asked)
    conditions = _conditions(asked)
    if asked.cursor is not None:
        if not (asked.cursor.isascii() and asked.cursor.isdigit()) or len(asked.cursor) > 18:
            raise bad_cursor(asked.cursor)
        after = int(asked.cursor)
        conditions.append(number < after if newest_first else number > after)
    order = number.desc() if newest_first else number.asc()
    rows = tx.execute(query.where(*conditions).order_by(order).limit(asked.limit)).all()
    return EventPage(rows, str(rows[-1].id) if len(rows) == asked.limit else None)


def one_event(tx: Connection, number: int) -> Row[Any] | None:
    """The event of this number."""
    return tx.execute(_SELECT.where(_EVENT.id == number)).one_or_none()


def _conditions(asked: EventFilter) -> Conditions:
    found = about(
        MODERATION_EVENT,
        asked.subject,
        asked.subject_type,
        asked.collections,
        all_records=asked.include_all_user_records,
    )
    if asked.types:
        found.append(_EVENT.type.in_([name.removeprefix(DEFS) for name in asked.types]))
    if asked.created_by is not None:
        found.append(_EVENT.created_by == asked.created_by)
    if asked.created_after is not None:
        found.append(_EVENT.created_us >= micros("createdAfter", asked.created_after))
    if asked.created_before is not None:
        found.append(_EVENT.created_us <= micros("createdBefore", asked.created_before))
    if asked.has_comment:
        found.append(_EVENT.comment.is_not(None))
    if asked.comment:
        found.append(says(_EVENT.comment, asked.comment))
    return found + _of_kinds(asked) + _with_words(asked)


def _of_kinds(asked: EventFilter) -> Conditions:
    found: Conditions = []
    if asked.report_types:
        found.append(_EVENT.report_type.in_(asked.report_types))
    if asked.mod_tool:
        found.append(_EVENT.tool_name.in_([word_of(name) for name in asked.mod_tool]))
    if asked.batch_id is not None:
        found.append(_EVENT.batch_id == word_of(asked.batch_id))
    if asked.age_assurance_state is not None:
        found.append(_EVENT.age_assurance_state == asked.age_assurance_state)
    if asked.with_strike:
        found.append(_EVENT.strike_count.is_not(None))
    return found


def _words(asked: EventFilter) -> list[tuple[str, str]]:
    """Words that an event must have, all of them."""
    every = (
        (LABEL_ADDED, asked.added_labels),
        (LABEL_REMOVED, asked.removed_labels),
        (TAG_ADDED, asked.added_tags),
        (TAG_REMOVED, asked.removed_tags),
    )
    return [(kind, word) for kind, words in every for word in words]


def _source(asked: EventFilter) -> tuple[Select[Any], ColumnElement[int]]:
    """Where the events come from, and the number that orders them.

    An index holds the events of a word in their order: a page of a word, rare or common, reads little more than itself.
    """
    words = _words(asked)
    if not words:
        return _SELECT, _EVENT.id
    (kind, word), of_word = words[0], MODERATION_EVENT_WORD.alias("first_word")
    joined = of_word.join(MODERATION_EVENT, _EVENT.id == of_word.c.event_id)
    query = _SELECT.select_from(joined).where(of_word.c.kind == kind, of_word.c.word == word_of(word))
    return query, of_word.c.event_id


def _with_words(asked: EventFilter) -> Conditions:
    found = [_has(kind, [word]) for kind, word in _words(asked)[1:]]
    return [*found, _has(POLICY, asked.policies)] if asked.policies else found


def _has(kind: str, words: Sequence[str]) -> ColumnElement[bool]:
    """Any of the words."""
    columns = MODERATION_EVENT_WORD.c
    query = select(columns.event_id).where(columns.kind == kind, columns.word.in_([word_of(word) for word in words]))
    return _EVENT.id.in_(query)
