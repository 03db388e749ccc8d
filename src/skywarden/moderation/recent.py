"""Read the newest answers of moderation, to rules and to people, for status pages."""

from sqlalchemy import Connection, func, select

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.decision import Decision, Outcome
from skywarden.model.subject import Subject
from skywarden.storage.tables import DECISION, MODERATION_EVENT, SUBJECT

LOOKED_BACK = 10_000
"""Among so many of the newest events those of people are looked for: rules may have made a million since."""


def newest_decisions(tx: Connection, count: int) -> list[Decision]:
    """The newest answers to proposals and the newest events of people, newest first."""
    found = [*_to_rules(tx, count), *_of_people(tx, count)]
    return sorted(found, key=lambda decision: -decision.id)[:count]


def _to_rules(tx: Connection, count: int) -> list[Decision]:
    query = (
        select(DECISION, SUBJECT.c.did, SUBJECT.c.uri)
        .join(SUBJECT, DECISION.c.subject_id == SUBJECT.c.id)
        .order_by(DECISION.c.id.desc())
        .limit(count)
    )
    return [
        Decision(
            id=row.id,
            cause=row.cause,
            kind=row.kind,
            value=row.value,
            outcome=Outcome(row.outcome),
            why=row.why,
            subject=Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid)),
            created_by=Did(row.created_by),
            created_us=UtcMicros(row.created_us),
            rule=row.rule,
            comment=row.comment,
        )
        for row in tx.execute(query)
    ]


def _of_people(tx: Connection, count: int) -> list[Decision]:
    newest = tx.execute(select(func.max(MODERATION_EVENT.c.id))).scalar() or 0
    query = (
        select(MODERATION_EVENT)
        .outerjoin(DECISION, DECISION.c.id == MODERATION_EVENT.c.id)
        .where(DECISION.c.id.is_(None), MODERATION_EVENT.c.id > newest - LOOKED_BACK)
        .order_by(MODERATION_EVENT.c.id.desc())
        .limit(count)
    )
    return [
        Decision(
            id=row.id,
            cause="",
            kind=row.type,
            value=row.report_type or "",
            outcome=Outcome.APPLIED,
            why="",
            subject=Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid)),
            created_by=Did(row.created_by),
            created_us=UtcMicros(row.created_us),
            rule=None,
            comment=row.comment or "",
        )
        for row in tx.execute(query)
    ]
