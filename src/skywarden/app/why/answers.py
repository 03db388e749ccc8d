"""What an explanation says, from a label back to the event: values that pages, programs and people are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skywarden.engine.explain import Explanation
from skywarden.moderation.evidence import LabelFound
from skywarden.moderation.evidence.after import Followed


@dataclass(frozen=True, slots=True)
class LimitSeen:
    """A breaker at the decision: how much it had counted of how much; `stopped` says that it kept the effect back."""

    scope: str
    span: str
    used: int
    most: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class DecisionSeen:
    """What moderation answered or a person decided. `kind` is the effect's, or the name of a person's event.

    `automatic`: no person had a part in it. `why` says why it was not applied; `event` is the body of the event.
    """

    id: int
    kind: str
    value: str
    outcome: str
    why: str
    subject: str
    cid: str | None
    by: str
    automatic: bool
    at_us: int
    ends_us: int | None
    comment: str
    event: Mapping[str, Any] | None
    limits: tuple[LimitSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class EffectSeen:
    """What the rule proposed, with its options and limits in words; `due_us` None: at once."""

    effect_id: str
    kind: str
    value: str
    subject: str
    options: tuple[str, ...]
    limits: str
    due_us: int | None
    decided: bool
    caused_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HitSeen:
    """That the rule was true, and the values it saw, as they were stored then."""

    rule: str
    version: str
    offset: int
    time_us: int
    did: str
    uri: str
    reason: str
    values: Mapping[str, Any]
    is_shadow: bool


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """The text of the rule; `note` says so where it is not that of the version that ran. `texts` are whole files."""

    rule: str
    version: str
    file: str
    definition: str
    note: str
    texts: Mapping[str, str]
    author: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class EventSeen:
    """The event as it is in the log: the columns that it has, with what was known of its author then."""

    offset: int
    time_us: int
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole chain of one thing, as far as it is kept; `missing` says what is not.

    `labels` are those that the decision published, `explanation` the rule run once more at that event.
    """

    name: str
    labels: tuple[LabelFound, ...] = ()
    decision: DecisionSeen | None = None
    effect: EffectSeen | None = None
    hit: HitSeen | None = None
    rule: RuleSeen | None = None
    event: EventSeen | None = None
    explanation: Explanation | None = None
    followed: tuple[Followed, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing about a subject that can be explained; `name` is what to ask for."""

    name: str
    at_us: int
    text: str
