"""Tell what moderation did, in the order of decisions, so that it can enter the log as events."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Row, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.status import SUSPEND_LABEL, TAKEDOWN_LABEL
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, SUBJECT

EVENT_NAMES: Mapping[EffectKind, str] = MappingProxyType(
    {
        EffectKind.LABEL: "modEventLabel",
        EffectKind.UNLABEL: "modEventLabel",
        EffectKind.TAG: "modEventTag",
        EffectKind.UNTAG: "modEventTag",
        EffectKind.REPORT: "modEventReport",
        EffectKind.ESCALATE: "modEventEscalate",
        EffectKind.ACKNOWLEDGE: "modEventAcknowledge",
        EffectKind.TAKEDOWN: "modEventTakedown",
        EffectKind.REVERSE_TAKEDOWN: "modEventReverseTakedown",
        EffectKind.MUTE: "modEventMute",
        EffectKind.UNMUTE: "modEventUnmute",
        EffectKind.COMMENT: "modEventComment",
    }
)
"""Names of tools.ozone.moderation.defs; what has none there (sets, lists, webhooks) is no moderation event."""

_ADD = frozenset({EffectKind.LABEL, EffectKind.TAG})
_REMOVE = frozenset({EffectKind.UNLABEL, EffectKind.UNTAG})


@dataclass(frozen=True, slots=True)
class Happened:
    """One applied decision. `caused_by` are the rules that led to it, the one that proposed it last."""

    number: int
    kind: EffectKind
    subject: Subject
    reason: str
    by: Did
    at_us: UtcMicros
    comment: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    caused_by: tuple[str, ...]

    @property
    def event(self) -> str:
        return EVENT_NAMES[self.kind]


@dataclass(frozen=True, slots=True)
class History:
    """The decisions of one database."""

    db: Database

    def after(self, number: int, limit: int) -> tuple[list[Happened], int]:
        """Read the next `limit` decisions; return those that are events, and the number of the last one read."""
        query = (
            select(DECISION, SUBJECT.c.did, SUBJECT.c.uri)
            .join(SUBJECT, DECISION.c.subject_id == SUBJECT.c.id)
            .where(DECISION.c.id > number)
            .order_by(DECISION.c.id)
            .limit(limit)
        )
        with self.db.read() as tx:
            rows = tx.execute(query).all()
        names = {kind.value for kind in EVENT_NAMES}
        found = [_happened(row) for row in rows if row.outcome == Outcome.APPLIED.value and row.kind in names]
        return found, rows[-1].id if rows else number


def _happened(row: Row[Any]) -> Happened:
    kind = EffectKind(row.kind)
    led = () if row.caused_by_json is None else tuple(msgspec.json.decode(row.caused_by_json, type=list[str]))
    return Happened(
        number=row.id,
        kind=kind,
        subject=Subject(Did(row.did), row.uri),
        reason=row.value if kind is EffectKind.REPORT else "",
        by=Did(row.created_by),
        at_us=UtcMicros(row.created_us),
        comment=row.value if kind is EffectKind.COMMENT else row.comment,
        added=_added(kind, row),
        removed=(row.value,) if kind in _REMOVE else (),
        caused_by=led if row.rule is None else (*led, row.rule),
    )


def _added(kind: EffectKind, row: Row[Any]) -> tuple[str, ...]:
    if kind is EffectKind.TAKEDOWN:
        suspended = row.expires_us is not None and row.uri == row.did
        return (SUSPEND_LABEL if suspended else TAKEDOWN_LABEL,)
    return (row.value,) if kind in _ADD else ()
