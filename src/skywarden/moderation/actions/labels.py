"""Add and negate labels."""

import re
from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.model.label import is_label_value
from skywarden.moderation.actions.action import Action, held_by_person
from skywarden.moderation.events import ModEventLabel
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import TAKEDOWN_VALUES, HeldKind, SubjectStatus

LABEL_BYTES = 128
_SAYABLE = re.compile(r"[!-~]+")
_SEPARATORS = re.compile(r"[ ,;'\"]")


def carried(act: ModEventLabel, proposal: Proposal, status: SubjectStatus) -> frozenset[tuple[str, str]]:
    """The labels that the negations of an event are about: of every version when its subject names none."""
    found = frozenset(label for label in status.labels if label[0] in act.negate_label_vals)
    cid = proposal.subject.cid or ""
    if proposal.expired:
        return frozenset(label for label in found if label[1] == cid)
    return found if not cid else frozenset(label for label in found if label[1] in ("", cid))


def _refuse(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    act = proposal.the(ModEventLabel)
    if proposal.subject.convo_id:
        return "a conversation has no labels"
    for val in (*act.create_label_vals, *act.negate_label_vals):
        if why := _refuse_value(val, rule=proposal.rule is not None and val in act.create_label_vals):
            return why
    if both := set(act.create_label_vals) & set(act.negate_label_vals):
        return f"label {min(both)!r} is both added and negated"
    for val, cid in carried(act, proposal, status):
        if (why := held_by_person(proposal, status, (HeldKind.LABEL, val, cid))) is not None:
            return why
    return None


def _refuse_value(val: str, *, rule: bool) -> str | None:
    if val in TAKEDOWN_VALUES:
        return f"label {val!r} is set and taken back by a takedown only"
    if rule and not is_label_value(val):
        return f"label {val!r} would not show in clients; use a-z with inner dashes"
    if not _SAYABLE.fullmatch(val) or _SEPARATORS.search(val) or len(val) > LABEL_BYTES:
        return f"label {val[:40]!r} is not 1 to {LABEL_BYTES} ASCII characters, none of them a space or , ; ' \""
    return None


def _already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    act = proposal.the(ModEventLabel)
    if carried(act, proposal, status) or not (act.create_label_vals or act.negate_label_vals):
        return None
    for val in act.create_label_vals:
        if not _covered(val, proposal, status, now_us):
            return None
    if act.create_label_vals:
        return f"the subject carries {act.create_label_vals[0]!r}"
    return f"the subject does not carry {act.negate_label_vals[0]!r}"


def _covered(val: str, proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> bool:
    ends_us = proposal.ends_us(now_us)
    return any(
        (val, cid) in status.labels and not status.outlasted_by((HeldKind.LABEL, val, cid), ends_us, now_us)
        for cid in ("", proposal.subject.cid or "")
    )


def _change(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    act, ends_us, cid = proposal.the(ModEventLabel), proposal.ends_us(now_us), proposal.subject.cid or ""
    gone = carried(act, proposal, status)
    if gone:
        status = replace(status, labels=status.labels - gone)
        status = status.without(frozenset((HeldKind.LABEL, val, version) for val, version in gone))
    given = [(val, cid) for val in act.create_label_vals]
    if given:
        status = replace(status, labels=status.labels.union(given))
    for val, version in given:
        status = status.holding((HeldKind.LABEL, val, version), ends_us, person=proposal.by_person)
    return status


ACTIONS: dict[type, Action] = {ModEventLabel: Action(_refuse, _already, _change)}
