"""Bring a rule's effect and a person's report into one form, so that both enter by the same door."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.effect import Effect, EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.reasons import reason_type

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Breaker:
    """At most `limit` applied actions per `scope` and UTC day (days since 1970, in event time)."""

    scope: str
    day: int
    limit: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that moderation shall answer. `cause` is unique: the same proposal made twice is answered once.

    `rule` is None for a person's proposal; `tool_json` is the event's modTool, shown by review clients.
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
    breaker: Breaker | None = None


def proposal_of(effect: Effect, service: Did) -> Proposal:
    """Read a rule's effect as a proposal of the service itself, with the rule named as its tool."""
    value = effect.value
    if effect.kind is EffectKind.REPORT:
        value = reason_type(effect.value) or effect.value
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
        breaker=_breaker(effect),
    )


def _breaker(effect: Effect) -> Breaker | None:
    if effect.limit_per_day is None:
        return None
    return Breaker(f"rule:{effect.rule}", event_day(effect.time_us), effect.limit_per_day)


def event_day(time_us: UtcMicros) -> int:
    """Days since 1970 of an event's own time, so that a replay counts against the same day."""
    return time_us // DAY_US


def _tool_json(effect: Effect) -> str:
    meta: Mapping[str, object] = {
        "rule": effect.rule,
        "version": effect.version,
        "offset": effect.offset,
        "values": effect.values,
    }
    return msgspec.json.encode({"name": "skywarden/rule", "meta": meta}, order="sorted").decode()
