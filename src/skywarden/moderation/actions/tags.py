"""Add and remove tags."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action, held_by_person
from skywarden.moderation.events import ModEventTag
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import HeldKind, SubjectStatus

TAG_CHARACTERS = 256


def _refuse(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    act = proposal.the(ModEventTag)
    for tag in (*act.add, *act.remove):
        if not tag or len(tag) > TAG_CHARACTERS or not tag.isascii():
            return f"tag {tag[:40]!r} is not 1 to {TAG_CHARACTERS} ASCII characters"
    for tag in act.remove:
        if (why := held_by_person(proposal, status, (HeldKind.TAG, tag, ""))) is not None:
            return why
    return proposal.tag_policy.refusal((*act.add, *act.remove))


def _already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    act, ends_us = proposal.the(ModEventTag), proposal.ends_us(now_us)
    if status.tags.intersection(act.remove):
        return None
    for tag in act.add:
        if tag not in status.tags or status.outlasted_by((HeldKind.TAG, tag, ""), ends_us, now_us):
            return None
    if act.add:
        return f"the subject has the tag {act.add[0]!r}"
    return f"the subject has no tag {act.remove[0]!r}" if act.remove else None


def _change(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    """Take off, then put on: a tag in both is on."""
    act, ends_us = proposal.the(ModEventTag), proposal.ends_us(now_us)
    gone = status.tags.intersection(act.remove)
    status = replace(status, tags=(status.tags - gone).union(act.add))
    status = status.without(frozenset((HeldKind.TAG, tag, "") for tag in gone))
    for tag in act.add:
        status = status.holding((HeldKind.TAG, tag, ""), ends_us, person=proposal.by_person)
    return status


ACTIONS: dict[type, Action] = {ModEventTag: Action(_refuse, _already, _change)}
