"""Conditions that pages of subjects and pages of events share; tables differ, columns are named alike."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, or_, select

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.storage.tables import SUBJECT

ACCOUNT, RECORD, CONVERSATION = "account", "record", "conversation"

Conditions = list[ColumnElement[bool]]


def about(
    table: FromClause,
    subject: str | None,
    subject_type: str | None,
    collections: Sequence[str],
    *,
    all_records: bool | None,
) -> Conditions:
    """Which subjects: one, all of an account, of a kind, of some collections."""
    columns = table.c
    found: Conditions = []
    if subject is not None and not all_records:
        # An event is found by its subject's row: its own uri is too long to be worth an index.
        is_subject = table is SUBJECT
        return [columns.uri == subject if is_subject else columns.subject_id == subject_id(subject)]
    if subject is not None:
        found.append(columns.did == subject.removeprefix("at://").partition("/")[0])
    elif subject_type == ACCOUNT:
        return [columns.record_path == "", columns.convo_id == ""]
    elif subject_type == RECORD:
        found.append(columns.record_path != "")
    elif subject_type == CONVERSATION:
        found.append(columns.convo_id != "")
    if collections:
        found.append(or_(*(_in_collection(table, collection) for collection in collections)))
    return found


def subject_id(uri: str) -> ScalarSelect[int]:
    """The row id of the subject with this uri, by an index."""
    return select(SUBJECT.c.id).where(SUBJECT.c.uri == uri).scalar_subquery()


def _in_collection(table: FromClause, collection: str) -> ColumnElement[bool]:
    # A range, not LIKE: every database answers it from an index. "0" is the character after "/".
    path = table.c.record_path
    return (path > f"{collection}/") & (path < f"{collection}0")


def says(column: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    """Any of the keywords, which `||` separates."""
    keywords = [word.strip() for word in words.split("||") if word.strip()]
    return or_(*(column.icontains(word, autoescape=True) for word in keywords or [words]))


def micros(name: str, text: str) -> UtcMicros:
    """A parameter that is a moment. Raises: Rejected InvalidRequest."""
    try:
        return datetime_micros(text)
    except Rejected as error:
        raise Rejected("InvalidRequest", place=name, expected="a datetime", found=repr(text[:64])) from error


def bad_cursor(found: str) -> Rejected:
    """What a caller is told whose cursor is not one that we gave."""
    return Rejected("InvalidRequest", place="cursor", expected="a cursor of an earlier page", found=repr(found[:64]))
