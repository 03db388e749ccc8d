"""Read and lock what a batch of proposals touches: SQL rows to a docket."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, delete, or_, select, tuple_

from skywarden.kernel.ids import UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.decide import SubjectStatus
from skywarden.moderation.docket import BreakerKey, Docket, breaker_key
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import ReviewState
from skywarden.storage import Database
from skywarden.storage.tables import BREAKER, REPORT, SUBJECT, SUBJECT_LABEL, SUBJECT_TAG

OPEN = "open"
"""State of a report that nobody has answered."""

SubjectIds = dict[str, int]
"""Row id of each subject by uri."""


def open_docket(
    db: Database, tx: Connection, proposals: Sequence[Proposal], now_us: UtcMicros
) -> tuple[Docket, SubjectIds]:
    """Lock every subject and breaker of the proposals; a subject that nobody acted on before gets its row here."""
    subjects = {proposal.subject.uri: proposal.subject for proposal in proposals}
    rows = _lock_subjects(db, tx, list(subjects.values()), now_us)
    _clear_expired(tx, [row.id for row in rows], now_us)
    statuses = _statuses(tx, rows, now_us)
    docket = Docket({row.uri: statuses[row.id] for row in rows}, _lock_breakers(db, tx, proposals))
    return docket, {row.uri: row.id for row in rows}


def read_status(tx: Connection, uri: str, now_us: UtcMicros) -> SubjectStatus:
    """What moderation holds of a subject, without locking it; the plain status when it holds nothing."""
    rows = tx.execute(select(SUBJECT).where(SUBJECT.c.uri == uri)).all()
    return next(iter(_statuses(tx, rows, now_us).values()), SubjectStatus())


def _lock_subjects(db: Database, tx: Connection, subjects: Sequence[Subject], now_us: UtcMicros) -> Sequence[Row[Any]]:
    tx.execute(db.insert_or_ignore(SUBJECT), [_new_subject(subject, now_us) for subject in subjects])
    uris = [subject.uri for subject in subjects]
    query = select(SUBJECT).where(SUBJECT.c.uri.in_(uris)).order_by(SUBJECT.c.id).with_for_update()
    return tx.execute(query).all()


def _new_subject(subject: Subject, now_us: UtcMicros) -> dict[str, object]:
    return {
        "did": subject.did,
        "record_path": subject.record_path,
        "uri": subject.uri,
        "cid": subject.cid,
        "review": ReviewState.NONE.value,
        "appealed": False,
        "takendown": False,
        "created_us": now_us,
        "updated_us": now_us,
    }


def _statuses(tx: Connection, rows: Sequence[Row[Any]], now_us: UtcMicros) -> dict[int, SubjectStatus]:
    """Each subject's status by row id; tags and labels that have expired are left out."""
    ids = [row.id for row in rows]
    tags, labels, reports = _tags(tx, ids, now_us), _labels(tx, ids, now_us), _open_reports(tx, ids)
    return {
        row.id: SubjectStatus(
            review=ReviewState(row.review),
            appealed=row.appealed,
            takendown=row.takendown,
            last_reported_us=row.last_reported_us,
            last_appealed_us=row.last_appealed_us,
            tags=frozenset(tags.get(row.id, ())),
            labels=frozenset(labels.get(row.id, ())),
            open_reports=frozenset(reports.get(row.id, ())),
        )
        for row in rows
    }


def _tags(tx: Connection, ids: Sequence[int], now_us: UtcMicros) -> dict[int, set[str]]:
    found = defaultdict[int, set[str]](set)
    query = select(SUBJECT_TAG).where(SUBJECT_TAG.c.subject_id.in_(ids), _holds(SUBJECT_TAG.c.expires_us, now_us))
    for row in tx.execute(query):
        found[row.subject_id].add(row.tag)
    return found


def _labels(tx: Connection, ids: Sequence[int], now_us: UtcMicros) -> dict[int, set[tuple[str, str]]]:
    found = defaultdict[int, set[tuple[str, str]]](set)
    query = select(SUBJECT_LABEL).where(SUBJECT_LABEL.c.subject_id.in_(ids), _holds(SUBJECT_LABEL.c.expires_us, now_us))
    for row in tx.execute(query):
        found[row.subject_id].add((row.val, row.cid))
    return found


def _open_reports(tx: Connection, ids: Sequence[int]) -> dict[int, set[tuple[str, str]]]:
    found = defaultdict[int, set[tuple[str, str]]](set)
    query = (
        select(REPORT.c.subject_id, REPORT.c.rule, REPORT.c.reason_type)
        .where(REPORT.c.subject_id.in_(ids), REPORT.c.state == OPEN, REPORT.c.rule.is_not(None))
        .distinct()
    )
    for row in tx.execute(query):
        found[row.subject_id].add((row.rule, row.reason_type))
    return found


def _clear_expired(tx: Connection, ids: Sequence[int], now_us: UtcMicros) -> None:
    # What has run out must not stand in the way of the same tag or label being given again.
    for table in (SUBJECT_TAG, SUBJECT_LABEL):
        tx.execute(delete(table).where(table.c.subject_id.in_(ids), table.c.expires_us <= now_us))


def _holds(expires_us: Column[Any], now_us: UtcMicros) -> ColumnElement[bool]:
    return or_(expires_us.is_(None), expires_us > now_us)


def _lock_breakers(db: Database, tx: Connection, proposals: Sequence[Proposal]) -> dict[BreakerKey, int]:
    # Always in the same order: two workers that lock the same rows crosswise would wait for each other forever.
    keys = sorted({breaker_key(proposal.breaker) for proposal in proposals if proposal.breaker is not None})
    if not keys:
        return {}
    tx.execute(db.insert_or_ignore(BREAKER), [{"scope": scope, "day": day, "used": 0} for scope, day in keys])
    wanted = tuple_(BREAKER.c.scope, BREAKER.c.day).in_(keys)
    query = select(BREAKER).where(wanted).order_by(BREAKER.c.scope, BREAKER.c.day).with_for_update()
    return {(row.scope, row.day): row.used for row in tx.execute(query)}
