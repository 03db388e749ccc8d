"""What a hit proposes; only moderation turns it into a decision (INV-6)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.hit import Value
from skywarden.model.subject import Subject


class EffectKind(StrEnum):
    """The actions a rule may propose."""

    LABEL = "label"
    TAG = "tag"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Effect:
    """One proposal. `value` is the label value, the tag or the report's reason type.

    `limit_per_day` is the rule's exact breaker (None: none); moderation enforces it in event-time UTC days.
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
    limit_per_day: int | None = None


def effect_id(rule: str, version: str, offset: int, kind: EffectKind, value: str, subject: Subject) -> str:
    """Name an effect so that the same proposal made twice has the same name (INV-2).

    Shape: 32 hex digits, a truncated SHA-256 over length-prefixed parts.
    """
    digest = hashlib.sha256()
    for part in (rule, version, str(offset), kind.value, value, subject.uri):
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big"))
        digest.update(raw)
    return digest.hexdigest()[:32]
