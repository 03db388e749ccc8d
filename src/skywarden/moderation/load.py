"""Read and lock what a batch of proposals touches: SQL rows to a docket."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.docket import ActKey, BreakerKey, Docket, act_key, breaker_key
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import ReviewState
from skywarden.moderation.set_entries import set_effect, value_key
from skywarden.moderation.status import MUTED, TAKEN_DOWN, Held, SubjectStatus
from skywarden.storage import Database
from skywarden.storage.tables import (
    BREAKER,
    DECISION,
    REPORT,
    SUBJECT,
    SUBJECT_LABEL,
    SUBJECT_TAG,
    VALUE_SET,
    VALUE_SET_ENTRY,
)

OPEN = "open"
"""State of a report that nobody has answered."""

SubjectIds = dict[str, int]
"""Row id of each subject by uri."""


def open_docket(
    db: Database, tx: Connection, proposals: Sequence[Proposal], subjects: Sequence[Subject], now_us: UtcMicros
) -> tuple[Docket, SubjectIds]:
    """Lock every subject (those of the proposals are among `subjects`) and breaker; a new subject gets its row here."""
    rows = _lock_subjects(db, tx, subjects, now_us)
    ids = {row.uri: row.id for row in rows}
    docket = Docket(
        statuses=_statuses(tx, rows),
        used=_lock_breakers(db, tx, proposals),
        acted_us=_acts(tx, proposals, ids),
    )
    return docket, ids


def read_status(tx: Connection, uri: str, now_us: UtcMicros) -> SubjectStatus:
    """What moderation holds of a subject now, without locking it; the plain status when it holds nothing."""
    rows = tx.execute(select(SUBJECT).where(SUBJECT.c.uri == uri)).all()
    found = next(iter(_statuses(tx, rows).values()), SubjectStatus())
    gone = frozenset(held for held, ends_us in found.until.items() if ends_us <= now_us)
    return _without(found, gone) if gone else found


def _without(status: SubjectStatus, gone: frozenset[Held]) -> SubjectStatus:
    """The status without what has reached its end, before the decision that says so."""
    return replace(
        status.without(gone),
        takendown=status.takendown and TAKEN_DOWN not in gone,
        muted=status.muted and MUTED not in gone,
        tags=frozenset(tag for tag in status.tags if (EffectKind.TAG, tag, "") not in gone),
        labels=frozenset((val, cid) for val, cid in status.labels if (EffectKind.LABEL, val, cid) not in gone),
    )


def _lock_subjects(db: Database, tx: Connection, subjects: Sequence[Subject], now_us: UtcMicros) -> Sequence[Row[Any]]:
    tx.execute(db.insert_or_ignore(SUBJECT), [_new_subject(subject, now_us) for subject in subjects])
    uris = {subject.uri for subject in subjects}
    query = select(SUBJECT).where(SUBJECT.c.uri.in_(uris)).order_by(SUBJECT.c.id).with_for_update()
    return tx.execute(query).all()


def shard_of(did: Did) -> int:
    """A hash of an account below 2^31, by which queues are cut."""
    return zlib.crc32(did.encode()) & 0x7FFFFFFF


def _new_subject(subject: Subject, now_us: UtcMicros) -> dict[str, object]:
    return {
        "did": subject.did,
        "record_path": subject.record_path,
        "convo_id": "",
        "message_id": "",
        "uri": subject.uri,
        "cid": subject.cid,
        "collection": subject.record_path.split("/")[0],
        "shard": shard_of(subject.did),
        "review": ReviewState.NONE.value,
        "appealed": False,
        "takendown": False,
        "takedown_by_person": False,
        "mute_by_person": False,
        "priority_score": 0,
        "report_count": 0,
        "appeal_count": 0,
        "escalate_count": 0,
        "suspend_count": 0,
        "takedown_count": 0,
        "created_us": now_us,
        "updated_us": now_us,
    }


@dataclass(slots=True)
class _Holdings:
    """What one subject holds, gathered from several tables."""

    tags: set[str] = field(default_factory=set)
    labels: set[tuple[str, str]] = field(default_factory=set)
    sets: set[tuple[EffectKind, str]] = field(default_factory=set)
    open_reports: set[tuple[str, str]] = field(default_factory=set)
    until: dict[Held, UtcMicros] = field(default_factory=dict)
    by_person: set[Held] = field(default_factory=set)

    def note(self, held: Held, ends_us: int | None, *, person: bool) -> None:
        if ends_us is not None:
            self.until[held] = UtcMicros(ends_us)
        if person:
            self.by_person.add(held)


def _statuses(tx: Connection, rows: Sequence[Row[Any]]) -> dict[str, SubjectStatus]:
    """Each subject's status by uri, with what has reached its end and was not taken back yet."""
    found = {row.id: _Holdings() for row in rows}
    _read_marks(tx, found)
    _read_open_reports(tx, found)
    _read_sets(tx, rows, found)
    _read_terms(rows, found)
    return {row.uri: _status(row, found[row.id]) for row in rows}


def _status(row: Row[Any], found: _Holdings) -> SubjectStatus:
    return SubjectStatus(
        review=ReviewState(row.review),
        appealed=row.appealed,
        takendown=row.takendown,
        muted=row.muted_until_us is not None,
        last_reported_us=row.last_reported_us,
        last_appealed_us=row.last_appealed_us,
        tags=frozenset(found.tags),
        labels=frozenset(found.labels),
        sets=frozenset(found.sets),
        open_reports=frozenset(found.open_reports),
        until=found.until,
        by_person=frozenset(found.by_person),
    )


def _read_marks(tx: Connection, found: dict[int, _Holdings]) -> None:
    for row in tx.execute(select(SUBJECT_TAG).where(SUBJECT_TAG.c.subject_id.in_(found))):
        found[row.subject_id].tags.add(row.tag)
        found[row.subject_id].note((EffectKind.TAG, row.tag, ""), row.expires_us, person=row.by_person)
    for row in tx.execute(select(SUBJECT_LABEL).where(SUBJECT_LABEL.c.subject_id.in_(found))):
        found[row.subject_id].labels.add((row.val, row.cid))
        found[row.subject_id].note((EffectKind.LABEL, row.val, row.cid), row.expires_us, person=row.by_person)


def _read_terms(rows: Sequence[Row[Any]], found: dict[int, _Holdings]) -> None:
    """Takedowns and mutes, which the subject's own row holds."""
    for row in rows:
        for held, ends_us, person, on in (
            (TAKEN_DOWN, row.takedown_until_us, row.takedown_by_person, row.takendown),
            (MUTED, row.muted_until_us, row.mute_by_person, row.muted_until_us is not None),
        ):
            if on:
                found[row.id].note(held, ends_us, person=person)


def _read_open_reports(tx: Connection, found: dict[int, _Holdings]) -> None:
    query = (
        select(REPORT.c.subject_id, REPORT.c.rule, REPORT.c.reason_type)
        .where(REPORT.c.subject_id.in_(found), REPORT.c.state == OPEN, REPORT.c.rule.is_not(None))
        .distinct()
    )
    for row in tx.execute(query):
        found[row.subject_id].open_reports.add((row.rule, row.reason_type))


def _read_sets(tx: Connection, rows: Sequence[Row[Any]], found: dict[int, _Holdings]) -> None:
    by_key = {value_key(row.uri): row.id for row in rows}
    query = (
        select(VALUE_SET_ENTRY.c.value_key, VALUE_SET.c.name)
        .join(VALUE_SET, VALUE_SET_ENTRY.c.set_id == VALUE_SET.c.id)
        .where(VALUE_SET_ENTRY.c.value_key.in_(by_key))
    )
    for row in tx.execute(query):
        found[by_key[row.value_key]].sets.add(set_effect(row.name))


def _acts(tx: Connection, proposals: Sequence[Proposal], ids: SubjectIds) -> dict[ActKey, list[UtcMicros]]:
    """Event times of what the rules did before, as far as an interval of the proposals reaches."""
    acts = defaultdict[ActKey, list[UtcMicros]](list)
    asked = [(p, p.event_us, p.options.every_us) for p in proposals if p.options.every_us is not None]
    reach = [(p, event_us - every_us, event_us + every_us) for p, event_us, every_us in asked if event_us and every_us]
    if not reach:
        return acts
    keys = {(ids[p.subject.uri], act_key(p)[:3]): act_key(p) for p, _, _ in reach}
    columns = (DECISION.c.subject_id, DECISION.c.rule, DECISION.c.kind, DECISION.c.value, DECISION.c.event_us)
    query = select(*columns).where(
        DECISION.c.subject_id.in_({number for number, _ in keys}),
        DECISION.c.event_us.between(min(least for _, least, _ in reach), max(most for _, _, most in reach)),
        DECISION.c.outcome == Outcome.APPLIED.value,
    )
    for row in tx.execute(query):
        key = keys.get((row.subject_id, (row.rule, row.kind, row.value)))
        if key is not None:
            acts[key].append(UtcMicros(row.event_us))
    return acts


def _lock_breakers(db: Database, tx: Connection, proposals: Sequence[Proposal]) -> dict[BreakerKey, int]:
    # Always in the same order: two workers that lock the same rows crosswise would wait for each other forever.
    keys = sorted({breaker_key(breaker) for proposal in proposals for breaker in proposal.breakers})
    if not keys:
        return {}
    rows = [{"scope": scope, "span": span, "period": period, "used": 0} for scope, span, period in keys]
    tx.execute(db.insert_or_ignore(BREAKER), rows)
    columns = (BREAKER.c.scope, BREAKER.c.span, BREAKER.c.period)
    query = select(BREAKER).where(tuple_(*columns).in_(keys)).order_by(*columns).with_for_update()
    return {(row.scope, row.span, row.period): row.used for row in tx.execute(query)}


def subjects_due(tx: Connection, now_us: UtcMicros, limit: int) -> list[Subject]:
    """Subjects on which something has reached its end."""
    due: set[int] = set()
    for ends, owner in (
        (SUBJECT_TAG.c.expires_us, SUBJECT_TAG.c.subject_id),
        (SUBJECT_LABEL.c.expires_us, SUBJECT_LABEL.c.subject_id),
        (SUBJECT.c.takedown_until_us, SUBJECT.c.id),
        (SUBJECT.c.muted_until_us, SUBJECT.c.id),
    ):
        due.update(tx.execute(select(owner).where(ends <= now_us).order_by(ends).limit(limit)).scalars())
    query = select(SUBJECT.c.did, SUBJECT.c.uri).where(SUBJECT.c.id.in_(sorted(due)[:limit]))
    return [Subject(Did(row.did), row.uri) for row in tx.execute(query)]
