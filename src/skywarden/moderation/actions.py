"""What each kind of proposal needs, finds already so, and changes: marks, takedowns, mutes, sets. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.model.label import is_label_value
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import REVIEW_AFTER, Act
from skywarden.moderation.status import (
    MUTED,
    SUSPEND_LABEL,
    TAKEDOWN_LABEL,
    TAKEDOWN_VALUES,
    TAKEN_DOWN,
    Held,
    SubjectStatus,
)

NAME_CHARACTERS = 128
TAG_CHARACTERS = 256

Check = Callable[[Proposal, SubjectStatus, UtcMicros], str | None]
Change = Callable[[Proposal, SubjectStatus, UtcMicros], SubjectStatus]


@dataclass(frozen=True, slots=True)
class Action:
    """How one kind of proposal is answered: why not at all, why not again, and what it changes."""

    refuse: Check
    already: Check
    change: Change


def never(_proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> None:
    """Nothing stands against it."""


def _held_by_person(proposal: Proposal, status: SubjectStatus, held: Held) -> str | None:
    if proposal.rule is not None and held in status.by_person:
        return "a person decided it; a rule does not take it back"
    return None


def _refuse_label(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if proposal.value in TAKEDOWN_VALUES:
        return f"label {proposal.value!r} is set by a takedown only"
    if not is_label_value(proposal.value):
        return f"label {proposal.value!r} would not show in clients; use a-z with inner dashes"
    return None


def _labeled_already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    for cid in ("", proposal.subject.cid or ""):
        held = (EffectKind.LABEL, proposal.value, cid)
        if (proposal.value, cid) in status.labels and not status.outlasted_by(held, proposal.ends_us(now_us), now_us):
            return f"the subject carries {proposal.value!r}"
    return None


def _label(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    cid = proposal.subject.cid or ""
    held = (EffectKind.LABEL, proposal.value, cid)
    status = replace(
        status, review=REVIEW_AFTER[Act.LABELED][status.review], labels=status.labels | {(proposal.value, cid)}
    )
    return status.holding(held, proposal.ends_us(now_us), person=proposal.by_person)


def _carried(proposal: Proposal, status: SubjectStatus) -> frozenset[tuple[str, str]]:
    """The labels that an unlabel is about: of every version when its subject names none."""
    if proposal.expired:
        return status.labels & {(proposal.value, proposal.subject.cid or "")}
    found = frozenset(label for label in status.labels if label[0] == proposal.value)
    if proposal.subject.cid is None:
        return found
    return found & {(proposal.value, ""), (proposal.value, proposal.subject.cid)}


def _refuse_unlabel(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    if proposal.value in TAKEDOWN_VALUES:
        return f"label {proposal.value!r} is taken back with its takedown only"
    for val, cid in _carried(proposal, status):
        if (why := _held_by_person(proposal, status, (EffectKind.LABEL, val, cid))) is not None:
            return why
    return None


def _unlabeled_already(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if _carried(proposal, status) else f"the subject does not carry {proposal.value!r}"


def _unlabel(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    gone = _carried(proposal, status)
    status = replace(status, labels=status.labels - gone)
    return status.without(frozenset((EffectKind.LABEL, val, cid) for val, cid in gone))


def _refuse_tag(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if not proposal.value or len(proposal.value) > TAG_CHARACTERS or not proposal.value.isascii():
        return f"tag {proposal.value[:40]!r} is not 1 to {TAG_CHARACTERS} ASCII characters"
    return None


def _tagged_already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    held = (EffectKind.TAG, proposal.value, "")
    if proposal.value in status.tags and not status.outlasted_by(held, proposal.ends_us(now_us), now_us):
        return f"the subject has the tag {proposal.value!r}"
    return None


def _tag(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    status = replace(status, review=REVIEW_AFTER[Act.TAGGED][status.review], tags=status.tags | {proposal.value})
    held = (EffectKind.TAG, proposal.value, "")
    return status.holding(held, proposal.ends_us(now_us), person=proposal.by_person)


def _refuse_untag(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return _held_by_person(proposal, status, (EffectKind.TAG, proposal.value, ""))


def _untagged_already(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if proposal.value in status.tags else f"the subject has no tag {proposal.value!r}"


def _untag(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    status = replace(status, tags=status.tags - {proposal.value})
    return status.without(frozenset({(EffectKind.TAG, proposal.value, "")}))


def _taken_down_already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    if status.takendown and not status.outlasted_by(TAKEN_DOWN, proposal.ends_us(now_us), now_us):
        return "the subject is taken down"
    return None


def _take_down(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    """Take down with the label that says so; an account is suspended where the takedown ends by itself."""
    ends_us = proposal.ends_us(now_us)
    suspended = ends_us is not None and proposal.subject.is_account
    status = _lift_takedown(status)
    label = (SUSPEND_LABEL if suspended else TAKEDOWN_LABEL, "")
    status = replace(
        status,
        takendown=True,
        review=REVIEW_AFTER[Act.TAKEN_DOWN][status.review],
        labels=status.labels | {label},
        open_reports=frozenset(),
    )
    status = status.holding(TAKEN_DOWN, ends_us, person=proposal.by_person)
    if ends_us is not None:
        status = replace(status, until={**status.until, (EffectKind.LABEL, *label): ends_us})
    return status


def _lift_takedown(status: SubjectStatus) -> SubjectStatus:
    labels = frozenset((val, cid) for val, cid in status.labels if val in TAKEDOWN_VALUES)
    status = replace(status, takendown=False, labels=status.labels - labels)
    return status.without(frozenset({TAKEN_DOWN, *((EffectKind.LABEL, val, cid) for val, cid in labels)}))


def _refuse_reversal(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return _held_by_person(proposal, status, TAKEN_DOWN)


def _not_taken_down(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if status.takendown else "the subject is not taken down"


def _reverse_takedown(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return _lift_takedown(status)


def _refuse_mute(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if proposal.options.expires_us is not None else "a mute needs an end"


def _muted_already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    if status.muted and not status.outlasted_by(MUTED, proposal.ends_us(now_us), now_us):
        return "the subject is muted"
    return None


def _mute(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    return replace(status, muted=True).holding(MUTED, proposal.ends_us(now_us), person=proposal.by_person)


def _refuse_unmute(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return _held_by_person(proposal, status, MUTED)


def _not_muted(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if status.muted else "the subject is not muted"


def _unmute(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, muted=False).without(frozenset({MUTED}))


def _refuse_set(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if not 0 < len(proposal.value) <= NAME_CHARACTERS or not proposal.value.isascii():
        return f"name {proposal.value[:40]!r} is not 1 to {NAME_CHARACTERS} ASCII characters"
    if proposal.kind is EffectKind.ADD_TO_LIST and not proposal.subject.is_account:
        return "a list holds accounts only"
    return None


def _in_set_already(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return f"it is in {proposal.value!r}" if (proposal.kind, proposal.value) in status.sets else None


def _add_to_set(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, sets=status.sets | {(proposal.kind, proposal.value)})


MARK_ACTIONS: dict[EffectKind, Action] = {
    EffectKind.LABEL: Action(_refuse_label, _labeled_already, _label),
    EffectKind.UNLABEL: Action(_refuse_unlabel, _unlabeled_already, _unlabel),
    EffectKind.TAG: Action(_refuse_tag, _tagged_already, _tag),
    EffectKind.UNTAG: Action(_refuse_untag, _untagged_already, _untag),
    EffectKind.TAKEDOWN: Action(never, _taken_down_already, _take_down),
    EffectKind.REVERSE_TAKEDOWN: Action(_refuse_reversal, _not_taken_down, _reverse_takedown),
    EffectKind.MUTE: Action(_refuse_mute, _muted_already, _mute),
    EffectKind.UNMUTE: Action(_refuse_unmute, _not_muted, _unmute),
    EffectKind.ADD_TO_SET: Action(_refuse_set, _in_set_already, _add_to_set),
    EffectKind.ADD_TO_LIST: Action(_refuse_set, _in_set_already, _add_to_set),
}
"""The kinds that put something on a subject or take it off."""
