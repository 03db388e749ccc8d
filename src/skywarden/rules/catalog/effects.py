"""The effects of the language in one table: what each proposes, with which value and which options."""

from dataclasses import dataclass
from enum import StrEnum

from skywarden.model.effect import EffectKind

REPORT_REASONS = ("spam", "violation", "misleading", "sexual", "rude", "other")
"""What `report(reason=...)` takes; each stands for com.atproto.moderation.defs#reason..."""

SEVERITIES = ("low", "medium", "high", "critical")

_MINUTE_US = 60_000_000
_DAY_US = 86_400_000_000


class ValueForm(StrEnum):
    """What the value of an effect is; each form has its own check."""

    LABEL = "label"
    TAG = "tag"
    REASON = "reason"
    TEXT = "text"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class EffectEntry:
    """One effect. `value` and `form` are empty for effects that need none; `required` are options it cannot go without.

    `accounts_only`: its subject cannot be a record. `needs_limit`: a rule that proposes it must have `limit=`.
    """

    kind: EffectKind
    doc: str
    value: str = ""
    form: ValueForm | None = None
    options: tuple[str, ...] = ("every", "delay")
    required: tuple[str, ...] = ()
    accounts_only: bool = False
    needs_limit: bool = False


@dataclass(frozen=True, slots=True)
class OptionEntry:
    """One option: a duration between `least_us` and `most_us`, or a text (both 0)."""

    name: str
    doc: str
    type: str
    least_us: int = 0
    most_us: int = 0


_TIMED = ("expires", "every", "delay")

_ENTRIES = (
    EffectEntry(
        EffectKind.LABEL,
        "Propose a label (small letters a-z joined by dashes), signed and published to the network.",
        "value",
        ValueForm.LABEL,
        (*_TIMED, "policy", "severity"),
    ),
    EffectEntry(
        EffectKind.UNLABEL,
        "Propose to negate our own label; one that a person set stays.",
        "value",
        ValueForm.LABEL,
    ),
    EffectEntry(
        EffectKind.TAG,
        "Propose a moderation tag, seen by moderators and by later events, not by the network.",
        "value",
        ValueForm.TAG,
        _TIMED,
    ),
    EffectEntry(EffectKind.UNTAG, "Propose to take a tag away; one that a person set stays.", "value", ValueForm.TAG),
    EffectEntry(EffectKind.REPORT, "Propose a report to the moderators' queue.", "reason", ValueForm.REASON),
    EffectEntry(EffectKind.ESCALATE, "Propose to put the subject before senior moderators."),
    EffectEntry(
        EffectKind.ACKNOWLEDGE, "Propose to close the subject's review; one that was escalated or appealed stays open."
    ),
    EffectEntry(
        EffectKind.TAKEDOWN,
        "Propose to take the subject down; with expires= an account is suspended.",
        options=(*_TIMED, "policy", "severity"),
        needs_limit=True,
    ),
    EffectEntry(
        EffectKind.MUTE,
        "Propose to keep reports on the subject out of the queue for a time.",
        options=_TIMED,
        required=("expires",),
    ),
    EffectEntry(EffectKind.COMMENT, "Propose a note on the subject's history, for moderators.", "text", ValueForm.TEXT),
    EffectEntry(
        EffectKind.ADD_TO_SET,
        "Propose to add the account's DID, or the record's at-uri, to a named set.",
        "name",
        ValueForm.NAME,
    ),
    EffectEntry(
        EffectKind.ADD_TO_LIST,
        "Propose to add the account to a named list.",
        "name",
        ValueForm.NAME,
        accounts_only=True,
    ),
    EffectEntry(EffectKind.NOTIFY, "Propose to send the hit to a webhook of the settings.", "webhook", ValueForm.NAME),
)

EFFECTS: dict[str, EffectEntry] = {entry.kind.value: entry for entry in _ENTRIES}

OPTIONS: dict[str, OptionEntry] = {
    option.name: option
    for option in (
        OptionEntry(
            "expires", "It ends by itself so long after it was decided.", "Duration", _MINUTE_US, 3_650 * _DAY_US
        ),
        OptionEntry(
            "every",
            "The rule takes this effect on one subject at most once in so much event time.",
            "Duration",
            1_000_000,
            365 * _DAY_US,
        ),
        OptionEntry(
            "delay",
            "It is taken so long after the event; between(a, b) draws the length, the same again in a replay.",
            "Duration | Between",
            0,
            30 * _DAY_US,
        ),
        OptionEntry("policy", "The policy that was broken, for the record of the decision.", "str"),
        OptionEntry("severity", "How bad it is: " + ", ".join(SEVERITIES) + ".", "str"),
    )
}

LEAST_AFTER_US, MOST_AFTER_US = _MINUTE_US, 7 * _DAY_US
AFTER_DOC = (
    "Where the rule is unknown, look at the record again so long after, with what is known of the account by then. "
    "Windows count the record once."
)
"""`@rule(after=...)`, and how long it may be."""

LIMIT_WORDS = {
    "per_hour": "The most effects that moderation takes from the rule in one UTC hour of event time.",
    "per_day": "The most effects that moderation takes from the rule in one UTC day of event time.",
}

EFFECT_WORDS: frozenset[str] = frozenset({*EFFECTS, *LIMIT_WORDS, "between", "rule"})
"""Words of the language that stand in @rule(...) only."""
