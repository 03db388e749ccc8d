"""Turn rows of subjects, their tags and labels into statuses, and statuses into the columns that hold them."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    bindparam,
    literal_column,
    select,
    union_all,
)

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.review import ReviewState
from skywarden.moderation.status import (
    MUTED,
    REPORTER_MUTED,
    TAKEN_DOWN,
    Counts,
    Held,
    HeldKind,
    Hosting,
    SubjectStatus,
)
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import SUBJECT_LABEL, SUBJECT_TAG

FOREVER_US = UtcMicros(253_402_300_799_000_000)
"""9999-12-31T23:59:59Z: until when a reporter is muted that nobody gave an end."""

Columns = dict[str, object]


@dataclass(slots=True)
class Holdings:
    """What one subject holds besides its own row, gathered from several tables."""

    tags: set[str] = field(default_factory=set)
    labels: set[tuple[str, str]] = field(default_factory=set)
    sets: set[tuple[EffectKind, str]] = field(default_factory=set)
    open_reports: set[tuple[str, str]] = field(default_factory=set)
    until: dict[Held, UtcMicros] = field(default_factory=dict)
    by_person: set[Held] = field(default_factory=set)

    def note(self, held: Held, ends_us: int | None, *, person: bool) -> None:
        """Remember until when something is held, and by whose will."""
        if ends_us is not None:
            self.until[held] = UtcMicros(ends_us)
        if person:
            self.by_person.add(held)


def shard_of(did: Did) -> int:
    """A hash of an account below 2^31, by which queues are cut."""
    return zlib.crc32(did.encode()) & 0x7FFFFFFF


def new_row(subject: Subject, now_us: UtcMicros) -> Columns:
    """The row of a subject that nothing has happened to."""
    return {
        "did": subject.did,
        "record_path": subject.record_path,
        "convo_id": subject.convo_id,
        "uri": subject.uri,
        "collection": subject.record_path.partition("/")[0],
        "shard": shard_of(subject.did),
        "created_us": now_us,
        "updated_us": now_us,
        **status_columns(SubjectStatus()),
        **version_columns(subject),
    }


def version_columns(subject: Subject) -> Columns:
    """What the last event on a subject was about: a version of a record, a message of a conversation."""
    return {"cid": subject.cid, "message_id": subject.message_id}


def status_columns(status: SubjectStatus) -> Columns:
    """The columns that hold a status; tags and labels have rows of their own."""
    counts, hosting = status.counts, status.hosting
    return {
        "review": status.review.value,
        "appealed": status.appealed,
        "takendown": status.takendown,
        "last_reported_us": status.last_reported_us,
        "last_appealed_us": status.last_appealed_us,
        "last_reviewed_by": status.last_reviewed_by,
        "last_reviewed_us": status.last_reviewed_us,
        "takedown_until_us": status.until.get(TAKEN_DOWN),
        "takedown_by_person": TAKEN_DOWN in status.by_person,
        "muted_until_us": status.until.get(MUTED),
        "mute_by_person": MUTED in status.by_person,
        "mute_reporting_until_us": status.until.get(REPORTER_MUTED, FOREVER_US) if status.reporter_muted else None,
        "comment": status.comment,
        "priority_score": status.priority,
        "blob_cids_json": _list_json(status.blob_cids),
        "tags_json": _list_json(sorted(status.tags)),
        "report_count": counts.report,
        "appeal_count": counts.appeal,
        "escalate_count": counts.escalate,
        "suspend_count": counts.suspend,
        "takedown_count": counts.takedown,
        "hosting_status": hosting.status,
        "hosting_created_us": hosting.created_us,
        "hosting_updated_us": hosting.updated_us,
        "hosting_deleted_us": hosting.deleted_us,
        "hosting_deactivated_us": hosting.deactivated_us,
        "hosting_reactivated_us": hosting.reactivated_us,
        "age_assurance_state": status.age_assurance,
        "age_assurance_by": status.age_assurance_by,
    }


def _list_json(words: Sequence[str]) -> str | None:
    return msgspec.json.encode(words).decode() if words else None


def statuses_of(tx: Connection, rows: Sequence[Row[Any]]) -> dict[str, SubjectStatus]:
    """Each subject's status by uri, with what has reached its end and was not taken back yet; not its sets."""
    found = read_marks(tx, [row.id for row in rows])
    return {row.uri: status_of(row, found[row.id]) for row in rows}


def _marks_of(chosen: Callable[[Column[int]], ColumnElement[bool]]) -> CompoundSelect[Any]:
    tags, labels = SUBJECT_TAG.c, SUBJECT_LABEL.c
    no_cid: ColumnElement[str | None] = literal_column("NULL").label("cid")
    return union_all(
        select(tags.subject_id, tags.tag.label("word"), no_cid, tags.expires_us, tags.by_person).where(
            chosen(tags.subject_id)
        ),
        select(labels.subject_id, labels.val, labels.cid, labels.expires_us, labels.by_person).where(
            chosen(labels.subject_id)
        ),
    )


_MARKS_OF_ONE = Prepared(_marks_of(lambda column: column == bindparam("subject")))


def read_marks(tx: Connection, subject_ids: Sequence[int]) -> dict[int, Holdings]:
    """The tags and labels of subjects, with their terms."""
    found = {number: Holdings() for number in subject_ids}
    if not found:
        return found
    rows: Sequence[Row[*tuple[Any, ...]]]
    if len(subject_ids) == 1:
        rows = _MARKS_OF_ONE.rows(tx, {"subject": subject_ids[0]})
    else:
        rows = tx.execute(_marks_of(lambda column: column.in_(subject_ids))).all()
    for subject_id, word, cid, expires_us, by_person in rows:
        holdings = found[subject_id]
        if cid is None:
            holdings.tags.add(word)
            holdings.note((HeldKind.TAG, word, ""), expires_us, person=bool(by_person))
        else:
            holdings.labels.add((word, cid))
            holdings.note((HeldKind.LABEL, word, cid), expires_us, person=bool(by_person))
    return found


def status_of(row: Row[Any], held: Holdings) -> SubjectStatus:
    """The status that a subject's row and its holdings say."""
    if row.takendown:
        held.note(TAKEN_DOWN, row.takedown_until_us, person=bool(row.takedown_by_person))
    if row.muted_until_us is not None:
        held.note(MUTED, row.muted_until_us, person=bool(row.mute_by_person))
    if row.mute_reporting_until_us is not None:
        ends_us = None if row.mute_reporting_until_us >= FOREVER_US else row.mute_reporting_until_us
        held.note(REPORTER_MUTED, ends_us, person=True)
    return SubjectStatus(
        review=ReviewState(row.review),
        appealed=bool(row.appealed),
        takendown=bool(row.takendown),
        muted=row.muted_until_us is not None,
        reporter_muted=row.mute_reporting_until_us is not None,
        last_reported_us=row.last_reported_us,
        last_appealed_us=row.last_appealed_us,
        last_reviewed_us=row.last_reviewed_us,
        last_reviewed_by=None if row.last_reviewed_by is None else Did(row.last_reviewed_by),
        comment=row.comment,
        priority=row.priority_score,
        blob_cids=() if row.blob_cids_json is None else _cids(row.blob_cids_json),
        age_assurance=row.age_assurance_state,
        age_assurance_by=row.age_assurance_by,
        hosting=Hosting(
            row.hosting_status,
            row.hosting_created_us,
            row.hosting_updated_us,
            row.hosting_deleted_us,
            row.hosting_deactivated_us,
            row.hosting_reactivated_us,
        ),
        counts=Counts(row.report_count, row.appeal_count, row.escalate_count, row.suspend_count, row.takedown_count),
        tags=frozenset(held.tags),
        labels=frozenset(held.labels),
        sets=frozenset(held.sets),
        open_reports=frozenset(held.open_reports),
        until=held.until,
        by_person=frozenset(held.by_person),
    )


def _cids(stored: str) -> tuple[Cid, ...]:
    return tuple(Cid(cid) for cid in msgspec.json.decode(stored, type=tuple[str, ...]))


def subject_of(row: Row[*tuple[Any, ...]]) -> Subject:
    """The subject of a row, of whatever version and message."""
    return Subject(Did(row.did), row.uri, convo_id=row.convo_id)
