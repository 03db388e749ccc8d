"""Make effects, hits and moderation services for tests."""

from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.effect import NO_LIMITS, NO_OPTIONS, Effect, EffectKind, EffectOptions, Limits, effect_id
from skywarden.model.hit import Hit
from skywarden.model.subject import Subject
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

LABELER = Did("did:plc:labeler")
NOON_US = UtcMicros(1_700_049_600_000_000)
"""2023-11-15T12:00:00Z."""
DAY_US = 86_400_000_000


def account(number: int) -> Subject:
    return Subject.account(Did(f"did:plc:account{number}"))


def make_effect(
    offset: int,
    subject: Subject | None = None,
    *,
    kind: EffectKind = EffectKind.LABEL,
    value: str = "spam",
    rule: str = "waves",
    limit: int | None = None,
    per_hour: int | None = None,
    time_us: int = NOON_US,
    options: EffectOptions = NO_OPTIONS,
) -> Effect:
    subject = subject or account(offset)
    return Effect(
        effect_id=effect_id(rule, "v1", offset, kind, value, subject),
        rule=rule,
        version="v1",
        offset=Offset(offset),
        time_us=UtcMicros(time_us),
        kind=kind,
        value=value,
        subject=subject,
        reason=f"event {offset} looked like {value}",
        values={"copies": offset, "text": "buy now"},
        limits=Limits(per_hour=per_hour, per_day=limit),
        options=options,
    )


def make_hit(offset: int, *, rule: str = "waves", version: str = "v1") -> Hit:
    did = account(offset).did
    return Hit(rule, version, Offset(offset), UtcMicros(NOON_US + offset), did, did, {"copies": offset}, "copies")


def make_service(
    database: Database, clock: ManualClock | None = None, *, limits: Limits = NO_LIMITS
) -> ModerationService:
    return ModerationService(database, LABELER, clock=clock or ManualClock(), metrics=Metrics(), limits=limits)
