"""Read and lock what a batch of proposals touches: SQL rows to a docket."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.acts import SetAddition
from skywarden.moderation.docket import Docket
from skywarden.moderation.events import ModEventReport
from skywarden.moderation.followups import closes_account
from skywarden.moderation.limits import lock_breakers, read_acts
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.reports.machine import PENDING as PENDING_TICKETS
from skywarden.moderation.review import PENDING
from skywarden.moderation.set_entries import set_effect, value_key
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.subject_rows import Holdings, new_row, read_marks, status_of, statuses_of, subject_of
from skywarden.storage import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import REPORT, SUBJECT, SUBJECT_LABEL, SUBJECT_TAG, VALUE_SET, VALUE_SET_ENTRY

_LOCK = select(SUBJECT).order_by(SUBJECT.c.id).with_for_update()
_LOCK_TWO = Prepared(_LOCK.where(SUBJECT.c.uri.in_([bindparam("one"), bindparam("other")])))
"""The most common case: a subject, and who reports it."""

SubjectIds = dict[str, int]
"""Row id of each subject by uri."""


def open_docket(
    db: Database,
    tx: Connection,
    proposals: Sequence[Proposal],
    subjects: Sequence[Subject],
    now_us: UtcMicros,
    watched: Sequence[Did] = (),
) -> tuple[Docket, SubjectIds]:
    """Lock every subject (those of the proposals are among `subjects`) and breaker; a new subject gets its row here.

    `watched` are accounts whose status is wanted if they have one.
    """
    rows, new = _lock_subjects(db, tx, subjects, watched, now_us)
    pending = {did: _lock_pending(tx, did) for did in {p.subject.did for p in proposals if closes_account(p)}}
    known = {row.id: row for row in (*rows, *(row for found in pending.values() for row in found))}
    ids = {row.uri: number for number, row in known.items()}
    held = read_marks(tx, [number for number, row in known.items() if row.uri not in new])
    held |= {ids[uri]: Holdings() for uri in new}
    if any(isinstance(proposal.act, SetAddition) for proposal in proposals):
        _read_sets(tx, known.values(), held)
    if any(isinstance(proposal.act, ModEventReport) and proposal.rule is not None for proposal in proposals):
        _read_open_reports(tx, held)
    docket = Docket(
        statuses={row.uri: status_of(row, held[number]) for number, row in known.items()},
        used=lock_breakers(db, tx, proposals),
        acted_us=read_acts(tx, proposals, ids),
        new=new,
        pending={did: [subject_of(row) for row in found] for did, found in pending.items()},
    )
    return docket, ids


def read_status(tx: Connection, uri: str, now_us: UtcMicros) -> SubjectStatus:
    """What moderation holds of a subject now, without locking it; the plain status when it holds nothing."""
    rows = tx.execute(select(SUBJECT).where(SUBJECT.c.uri == uri)).all()
    return next(iter(statuses_of(tx, rows).values()), SubjectStatus()).at(now_us)


def _lock_subjects(
    db: Database, tx: Connection, subjects: Sequence[Subject], watched: Sequence[Did], now_us: UtcMicros
) -> tuple[Sequence[Row[Any]], frozenset[str]]:
    uris = {subject.uri: subject for subject in subjects}
    rows = _lock_rows(tx, [*uris, *(did for did in watched if did not in uris)])
    missing = uris.keys() - {row.uri for row in rows}
    if not missing:
        return rows, frozenset()
    tx.execute(db.insert_or_ignore(SUBJECT), [new_row(uris[uri], now_us) for uri in sorted(missing)])
    return [*rows, *_lock_rows(tx, sorted(missing))], frozenset(missing)


def _lock_rows(tx: Connection, uris: Sequence[str]) -> Sequence[Row[Any]]:
    if len(uris) <= 2:
        return _LOCK_TWO.rows(tx, {"one": uris[0], "other": uris[-1]}) if uris else []
    return tx.execute(_LOCK.where(SUBJECT.c.uri.in_(uris))).all()


def _lock_pending(tx: Connection, did: Did) -> Sequence[Row[Any]]:
    waits = SUBJECT.c.review.in_([state.value for state in sorted(PENDING)])
    query = select(SUBJECT).where(SUBJECT.c.did == did, waits).order_by(SUBJECT.c.id)
    return tx.execute(query.with_for_update()).all()


def _read_open_reports(tx: Connection, held: dict[int, Holdings]) -> None:
    query = (
        select(REPORT.c.subject_id, REPORT.c.rule, REPORT.c.reason_type)
        .where(
            REPORT.c.subject_id.in_(held),
            REPORT.c.state.in_([state.value for state in sorted(PENDING_TICKETS)]),
            REPORT.c.rule.is_not(None),
        )
        .distinct()
    )
    for row in tx.execute(query):
        held[row.subject_id].open_reports.add((row.rule, row.reason_type))


def _read_sets(tx: Connection, rows: Iterable[Row[Any]], held: dict[int, Holdings]) -> None:
    by_key = {value_key(row.uri): row.id for row in rows}
    query = (
        select(VALUE_SET_ENTRY.c.value_key, VALUE_SET.c.name)
        .join(VALUE_SET, VALUE_SET_ENTRY.c.set_id == VALUE_SET.c.id)
        .where(VALUE_SET_ENTRY.c.value_key.in_(by_key))
    )
    for row in tx.execute(query):
        held[by_key[row.value_key]].sets.add(set_effect(row.name))


def subjects_due(tx: Connection, now_us: UtcMicros, limit: int) -> list[Subject]:
    """Subjects on which something has reached its end."""
    due: set[int] = set()
    for ends, owner in (
        (SUBJECT_TAG.c.expires_us, SUBJECT_TAG.c.subject_id),
        (SUBJECT_LABEL.c.expires_us, SUBJECT_LABEL.c.subject_id),
        (SUBJECT.c.takedown_until_us, SUBJECT.c.id),
        (SUBJECT.c.muted_until_us, SUBJECT.c.id),
        (SUBJECT.c.mute_reporting_until_us, SUBJECT.c.id),
    ):
        due.update(tx.execute(select(owner).where(ends <= now_us).order_by(ends).limit(limit)).scalars())
    query = select(SUBJECT.c.did, SUBJECT.c.uri, SUBJECT.c.convo_id).where(SUBJECT.c.id.in_(sorted(due)[:limit]))
    return [subject_of(row) for row in tx.execute(query)]
