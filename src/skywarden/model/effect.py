"""What a hit proposes; only moderation turns it into a decision (INV-6)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.hit import Value
from skywarden.model.subject import Subject


class EffectKind(StrEnum):
    """What can be proposed. Rules may propose all but the reversals, which expiry and people propose.

    RECHECK is no proposal to moderation: it asks for the event's record to be put into the log again; its value is
    after how many microseconds, a space, and the name of the rule that will look.
    """

    LABEL = "label"
    UNLABEL = "unlabel"
    TAG = "tag"
    UNTAG = "untag"
    REPORT = "report"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    TAKEDOWN = "takedown"
    REVERSE_TAKEDOWN = "reverse_takedown"
    MUTE = "mute"
    UNMUTE = "unmute"
    COMMENT = "comment"
    ADD_TO_SET = "add_to_set"
    ADD_TO_LIST = "add_to_list"
    NOTIFY = "notify"
    RECHECK = "recheck"


@dataclass(frozen=True, slots=True)
class EffectOptions:
    """How an effect is to be taken; part of the rule's version.

    `expires_us` counts from the decision, `every_us` and `delay_us` (least, most) in event time.
    """

    expires_us: int | None = None
    every_us: int | None = None
    delay_us: tuple[int, int] | None = None
    policy: str = ""
    severity: str = ""

    def words(self) -> list[str]:
        """Each option for people."""
        delay = "" if self.delay_us is None else " to ".join(dict.fromkeys(map(span_text, self.delay_us)))
        given = {
            "expires": "" if self.expires_us is None else span_text(self.expires_us),
            "every": "" if self.every_us is None else span_text(self.every_us),
            "delay": delay,
            "policy": self.policy,
            "severity": self.severity,
        }
        return [f"{name} {text}" for name, text in given.items() if text]


@dataclass(frozen=True, slots=True)
class Limits:
    """A rule's exact breakers, which moderation enforces in event-time UTC hours and days; None: none."""

    per_hour: int | None = None
    per_day: int | None = None

    def text(self) -> str:
        """The breakers for people."""
        parts = [f"{most} {unit}" for most, unit in ((self.per_hour, "an hour"), (self.per_day, "a day")) if most]
        return " and ".join(parts)


NO_OPTIONS = EffectOptions()
NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Effect:
    """One proposal. `value` is what `kind` needs: a label value, tag, reason type, text, or the name of a set or hook.

    `caused_by` are the rules whose own effects led to the event, so that none of them acts on what it caused.
    """

    effect_id: str
    rule: str
    version: str
    offset: Offset
    time_us: UtcMicros
    kind: EffectKind
    value: str
    subject: Subject
    reason: str
    values: Mapping[str, Value]
    limits: Limits = NO_LIMITS
    options: EffectOptions = NO_OPTIONS
    caused_by: tuple[str, ...] = field(default=())


_UNITS = (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000))


def span_text(micros: int) -> str:
    """A duration in its largest whole unit."""
    for unit, size in _UNITS:
        if micros and micros % size == 0:
            return f"{micros // size}{unit}"
    return f"{micros / 1_000_000:g}s"


def effect_id(rule: str, version: str, offset: int, kind: EffectKind, value: str, subject: Subject) -> str:
    """Name an effect so that the same proposal made twice has the same name (INV-2).

    Shape: 32 hex digits, a truncated SHA-256 over length-prefixed parts.
    """
    made = str(offset).encode(), subject.uri.encode()
    number, uri = (len(part).to_bytes(4, "big") + part for part in made)
    raw = _framed(rule, version) + number + _framed(kind.value, value) + uri
    return hashlib.sha256(raw).hexdigest()[:32]


@lru_cache(maxsize=1_024)
def _framed(*parts: str) -> bytes:
    """Texts with their lengths before them; those of a rule are the same for all its effects."""
    raw = [part.encode() for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in raw])
