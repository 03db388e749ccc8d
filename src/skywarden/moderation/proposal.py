"""Bring a rule's effect, a person's event and the end of a term into one form, so that all enter by the same door."""

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.effect import NO_LIMITS, NO_OPTIONS, Effect, EffectKind, EffectOptions, Limits
from skywarden.model.subject import Subject
from skywarden.moderation.acts import HOUR_US, Act, Wording, act_of, ending, term_us
from skywarden.moderation.events import ModEvent, ModEventBody
from skywarden.moderation.put_back import PutBack
from skywarden.moderation.reasons import reason_type
from skywarden.moderation.reports.acting import ReportAction
from skywarden.moderation.status import Held
from skywarden.moderation.tag_policy import OPEN_TAGS, TagPolicy

DAY_US = 24 * HOUR_US
EXPIRY = "expiry"
"""Actor of what ends by itself."""

ALL_RULES = "rules"
"""Scope of the breakers that all rules share."""

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Breaker:
    """At most `limit` applied actions per `scope` and `span`: an UTC hour or day of event time, counted since 1970."""

    scope: str
    span: str
    period: int
    limit: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that moderation shall answer.

    What a rule or the end of a term asks for has a `cause`, which is answered once, and the name of its effect in
    `asked`; `rule` and `event_us` are a rule's only. `tool_json` is the event's modTool, shown by review clients.
    `handed_in`: it is what a person asked for, not what follows from it. `automatic`: moderation's own, such as the
    tags of a report. `expired`: it takes back what ends by itself. `refused` says why it cannot be taken here at all.
    `put_back` is what it changes instead of what its act would: it undoes something.
    """

    act: Act
    subject: Subject
    created_by: Did
    actor: str
    cause: str = ""
    asked: tuple[EffectKind, str] | None = None
    reason: str = ""
    tool_json: str | None = None
    rule: str | None = None
    breakers: tuple[Breaker, ...] = ()
    options: EffectOptions = NO_OPTIONS
    event_us: UtcMicros | None = None
    caused_by: tuple[str, ...] = ()
    expired: bool = False
    refused: str = ""
    blob_cids: tuple[Cid, ...] = ()
    external_id: str | None = None
    automatic: bool = False
    handed_in: bool = False
    tag_policy: TagPolicy = OPEN_TAGS
    report_action: ReportAction | None = None
    put_back: PutBack | None = None

    @property
    def by_person(self) -> bool:
        return self.rule is None and not self.expired and not self.automatic

    @property
    def name(self) -> str:
        """What it is, for metrics and the audit: the effect's name, or the event's for what a person did."""
        if self.asked is not None:
            return self.asked[0].value
        return self.act.type_name() if isinstance(self.act, ModEventBody) else type(self.act).__name__

    @property
    def comment(self) -> str:
        """What is said with it: a rule's reason, or the event's own comment."""
        return self.reason or getattr(self.act, "comment", None) or ""

    def the(self, kind: type[A]) -> A:
        """The act, which the table of actions knows to be of this kind."""
        assert isinstance(self.act, kind)
        return self.act

    @property
    def event(self) -> ModEvent:
        """The act, which is one that the lexicon knows."""
        assert isinstance(self.act, ModEventBody)
        return self.act

    @property
    def is_event(self) -> bool:
        return isinstance(self.act, ModEventBody)

    def ends_us(self, now_us: UtcMicros) -> UtcMicros | None:
        """When it ends by itself if it is applied now."""
        if self.put_back is not None:
            return self.put_back.ends_us
        # A rule's term is exact to the microsecond; the event itself says whole hours.
        lasts_us = self.options.expires_us if self.rule is not None else term_us(self.act)
        return None if lasts_us is None else UtcMicros(now_us + lasts_us)


def proposal_of(effect: Effect, service: Did, hooks: Set[str] = frozenset(), limits: Limits = NO_LIMITS) -> Proposal:
    """Read a rule's effect as a proposal of the service itself, with the rule named as its tool.

    `hooks` are the webhooks of the settings, `limits` those that all rules share.
    """
    value, refused = effect.value, ""
    if effect.kind is EffectKind.REPORT:
        value = reason_type(value) or value
    if effect.kind is EffectKind.NOTIFY and effect.value not in hooks:
        refused = f"no webhook {effect.value!r} in the settings"
    if effect.kind is EffectKind.MUTE and effect.options.expires_us is None:
        refused = "a mute needs an end"
    lasts_us = effect.options.expires_us
    hours = None if lasts_us is None else -(-lasts_us // HOUR_US)
    said = Wording(effect.reason, hours, effect.options.policy, effect.options.severity)
    return Proposal(
        act=act_of(effect.kind, value, said),
        subject=effect.subject,
        created_by=service,
        actor=f"rule:{effect.rule}@{effect.version}",
        cause=effect.effect_id,
        asked=(effect.kind, value),
        reason=effect.reason,
        tool_json=_tool_json(effect),
        rule=effect.rule,
        breakers=(*_breakers(effect.limits, f"rule:{effect.rule}", effect), *_breakers(limits, ALL_RULES, effect)),
        options=effect.options,
        event_us=effect.time_us,
        caused_by=effect.caused_by,
        refused=refused,
    )


def expiry_of(held: Held, subject: Subject, ends_us: UtcMicros, service: Did) -> Proposal:
    """Propose to take back what has reached its end; named so that it is taken back once."""
    kind, value, cid = held
    effect, act = ending(kind, value)
    name = msgspec.json.encode([subject.uri, kind.value, value, cid, ends_us])
    return Proposal(
        act=act,
        subject=subject.version(Cid(cid) if cid else None),
        created_by=service,
        actor=EXPIRY,
        cause=f"expiry:{hashlib.sha256(name).hexdigest()[:32]}",
        asked=(effect, value),
        expired=True,
    )


def _breakers(limits: Limits, scope: str, effect: Effect) -> tuple[Breaker, ...]:
    """The breakers of a scope; a replay counts against the same hour and day."""
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
