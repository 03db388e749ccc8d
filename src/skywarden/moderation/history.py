"""Tell what moderation did, in the order of its events, so that it can enter the log."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEventLabel, ModEventReport, ModEventTag, ModEventTakedown
from skywarden.moderation.status import SUSPEND_LABEL, TAKEDOWN_LABEL
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, MODERATION_EVENT

REPORT = ModEventReport.type_name()
_TAKEDOWN = ModEventTakedown.type_name()
_WORDY = frozenset({ModEventLabel.type_name(), ModEventTag.type_name()})


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. `caused_by` are the rules that led to it, the one that proposed it last."""

    number: int
    event: str
    subject: Subject
    reason: str
    by: Did
    at_us: UtcMicros
    comment: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    caused_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The events of one database."""

    db: Database

    def after(self, number: int, limit: int) -> tuple[list[Happened], int]:
        """Read the next `limit` events; return them, and the number of the last one read."""
        query = (
            select(MODERATION_EVENT, DECISION.c.caused_by_json)
            .outerjoin(DECISION, DECISION.c.id == MODERATION_EVENT.c.id)
            .where(MODERATION_EVENT.c.id > number)
            .order_by(MODERATION_EVENT.c.id)
            .limit(limit)
        )
        with self.db.read() as tx:
            rows = tx.execute(query).all()
        return [_happened(row) for row in rows], rows[-1].id if rows else number


def _happened(row: Row[Any]) -> Happened:
    led = () if row.caused_by_json is None else tuple(msgspec.json.decode(row.caused_by_json, type=list[str]))
    added, removed = _words(row)
    return Happened(
        number=row.id,
        event=row.type,
        subject=Subject(Did(row.did), row.uri, convo_id=row.convo_id),
        reason=row.report_type or "",
        by=Did(row.created_by),
        at_us=UtcMicros(row.created_us),
        comment=row.comment or "",
        added=added,
        removed=removed,
        caused_by=led if row.rule is None else (*led, row.rule),
    )


class _Words(msgspec.Struct, frozen=True, rename="camel"):
    """What a stored label or tag event holds, whoever wrote it."""

    create_label_vals: tuple[str, ...] = ()
    negate_label_vals: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


_WORDS = msgspec.json.Decoder(_Words)


def _words(row: Row[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels or tags that the event added and removed."""
    if row.type == _TAKEDOWN:
        suspended = row.expires_us is not None and row.uri == row.did
        return (SUSPEND_LABEL if suspended else TAKEDOWN_LABEL,), ()
    if row.type not in _WORDY:
        return (), ()
    words = _WORDS.decode(row.event_json)
    return words.create_label_vals + words.add, words.negate_label_vals + words.remove
