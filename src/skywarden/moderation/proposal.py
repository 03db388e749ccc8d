"""Bring a rule's effect, a person's report and the end of a term into one form, so that all enter by the same door."""

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass

import msgspec

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.effect import NO_OPTIONS, Effect, EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.reasons import reason_type

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
EXPIRY = "expiry"
"""Actor of what ends by itself."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """At most `limit` applied actions per `scope` and `span`: an UTC hour or day of event time, counted since 1970."""

    scope: str
    span: str
    period: int
    limit: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that moderation shall answer. `cause` is unique: the same proposal made twice is answered once.

    `rule` is None for what no rule proposed, `event_us` too; `tool_json` is the event's modTool, shown by review
    clients. `expired`: it takes back what ends by itself. `refused` says why it cannot be taken here at all.
    """

    cause: str
    kind: EffectKind
    value: str
    subject: Subject
    created_by: Did
    actor: str
    comment: str
    tool_json: str | None = None
    rule: str | None = None
    breakers: tuple[Breaker, ...] = ()
    options: EffectOptions = NO_OPTIONS
    event_us: UtcMicros | None = None
    caused_by: tuple[str, ...] = ()
    expired: bool = False
    refused: str = ""

    @property
    def by_person(self) -> bool:
        return self.rule is None and not self.expired

    def ends_us(self, now_us: UtcMicros) -> UtcMicros | None:
        """When it ends by itself if it is applied now."""
        return None if self.options.expires_us is None else UtcMicros(now_us + self.options.expires_us)


def proposal_of(effect: Effect, service: Did, hooks: Set[str] = frozenset()) -> Proposal:
    """Read a rule's effect as a proposal of the service itself, with the rule named as its tool.

    `hooks` are the webhooks of the settings.
    """
    value, refused = effect.value, ""
    if effect.kind is EffectKind.REPORT:
        value = reason_type(effect.value) or effect.value
    if effect.kind is EffectKind.NOTIFY and value not in hooks:
        refused = f"no webhook {value!r} in the settings"
    return Proposal(
        cause=effect.effect_id,
        kind=effect.kind,
        value=value,
        subject=effect.subject,
        created_by=service,
        actor=f"rule:{effect.rule}@{effect.version}",
        comment=effect.reason,
        tool_json=_tool_json(effect),
        rule=effect.rule,
        breakers=_breakers(effect),
        options=effect.options,
        event_us=effect.time_us,
        caused_by=effect.caused_by,
        refused=refused,
    )


_REVERSALS = {
    EffectKind.LABEL: EffectKind.UNLABEL,
    EffectKind.TAG: EffectKind.UNTAG,
    EffectKind.MUTE: EffectKind.UNMUTE,
    EffectKind.TAKEDOWN: EffectKind.REVERSE_TAKEDOWN,
}
"""What ends each kind that may end by itself."""


def expiry_of(held: tuple[EffectKind, str, str], subject: Subject, ends_us: UtcMicros, service: Did) -> Proposal:
    """Propose to take back what has reached its end; named so that it is taken back once."""
    kind, value, cid = held
    name = msgspec.json.encode([subject.uri, kind.value, value, cid, ends_us])
    return Proposal(
        cause=f"expiry:{hashlib.sha256(name).hexdigest()[:32]}",
        kind=_REVERSALS[kind],
        value=value,
        subject=Subject(subject.did, subject.uri, Cid(cid) if cid else None),
        created_by=service,
        actor=EXPIRY,
        comment="",
        expired=True,
    )


def _breakers(effect: Effect) -> tuple[Breaker, ...]:
    """A rule's breakers; a replay counts against the same hour and day."""
    limits, scope = effect.limits, f"rule:{effect.rule}"
    spans = (("hour", HOUR_US, limits.per_hour), ("day", DAY_US, limits.per_day))
    return tuple(
        Breaker(scope, span, effect.time_us // length_us, most) for span, length_us, most in spans if most is not None
    )


def _tool_json(effect: Effect) -> str:
    meta: Mapping[str, object] = {
        "rule": effect.rule,
        "version": effect.version,
        "offset": effect.offset,
        "values": effect.values,
    }
    for name, text in (("policy", effect.options.policy), ("severity", effect.options.severity)):
        meta = {**meta, name: text} if text else meta
    return msgspec.json.encode({"name": "skywarden/rule", "meta": meta}, order="sorted").decode()
