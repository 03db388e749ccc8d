"""Turn what rules propose, and the ends of terms, into the moderation events that they are."""

from dataclasses import dataclass

from skywarden.model.effect import EffectKind
from skywarden.moderation.events import (
    ModEvent,
    ModEventAcknowledge,
    ModEventComment,
    ModEventEscalate,
    ModEventLabel,
    ModEventMute,
    ModEventReport,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
    ModEventUnmuteReporter,
)
from skywarden.moderation.status import HeldKind

HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class SetAddition:
    """Put the subject into a named set or list (`kind` says which); no event of the lexicon."""

    kind: EffectKind
    name: str


@dataclass(frozen=True, slots=True)
class SetRemoval:
    """Take the subject out of a named set or list again; no event of the lexicon."""

    kind: EffectKind
    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell a webhook; no event of the lexicon."""

    hook: str
    text: str


Act = ModEvent | SetAddition | SetRemoval | Notice
"""Everything that moderation decides."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a rule says with its effect; `hours` is its term in whole hours, rounded up, as the lexicon counts."""

    comment: str = ""
    hours: int | None = None
    policy: str = ""
    severity: str = ""


def act_of(kind: EffectKind, value: str, said: Wording) -> Act:
    """The act that an effect of a rule proposes."""
    comment = said.comment or None
    match kind:
        case EffectKind.LABEL:
            return ModEventLabel((value,), (), comment, said.hours)
        case EffectKind.UNLABEL:
            return ModEventLabel((), (value,), comment)
        case EffectKind.TAG:
            return ModEventTag((value,), (), comment, said.hours)
        case EffectKind.UNTAG:
            return ModEventTag((), (value,), comment)
        case EffectKind.REPORT:
            return ModEventReport(value, comment)
        case EffectKind.TAKEDOWN:
            policies = (said.policy,) if said.policy else None
            return ModEventTakedown(comment, said.hours, policies=policies, severity_level=said.severity or None)
        case EffectKind.MUTE:
            return ModEventMute(said.hours or 0, comment)
        case EffectKind.COMMENT:
            return ModEventComment(value)
        case EffectKind.ADD_TO_SET | EffectKind.ADD_TO_LIST:
            return SetAddition(kind, value)
        case EffectKind.NOTIFY:
            return Notice(value, said.comment)
        case _:
            plain: Act = _PLAIN[kind](comment)
            return plain


_PLAIN = {
    EffectKind.ESCALATE: ModEventEscalate,
    EffectKind.ACKNOWLEDGE: ModEventAcknowledge,
    EffectKind.REVERSE_TAKEDOWN: ModEventReverseTakedown,
    EffectKind.UNMUTE: ModEventUnmute,
}

AT_ITS_END = "[SCHEDULED_REVERSAL] Reverting action as originally scheduled"
"""The comment by which review clients know an event that nobody made."""


def ending(kind: HeldKind, value: str) -> tuple[EffectKind, ModEvent]:
    """What takes back something that has reached its end, with the name of the effect that would."""
    match kind:
        case HeldKind.LABEL:
            return EffectKind.UNLABEL, ModEventLabel((), (value,), AT_ITS_END)
        case HeldKind.TAG:
            return EffectKind.UNTAG, ModEventTag((), (value,), AT_ITS_END)
        case HeldKind.TAKEDOWN:
            return EffectKind.REVERSE_TAKEDOWN, ModEventReverseTakedown(AT_ITS_END)
        case HeldKind.MUTE:
            return EffectKind.UNMUTE, ModEventUnmute(AT_ITS_END)
        case HeldKind.REPORTER_MUTE:
            return EffectKind.UNMUTE, ModEventUnmuteReporter(AT_ITS_END)


_DEFAULT_MUTE_HOURS = 24


def term_us(act: Act) -> int | None:
    """How long what the act does lasts; None: for good, or nothing that lasts."""
    hours: int | None = getattr(act, "duration_in_hours", None)
    if isinstance(act, ModEventMute):
        hours = hours or _DEFAULT_MUTE_HOURS
    return hours * HOUR_US if hours else None
