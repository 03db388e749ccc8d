"""Take subjects down, take that back, and divert blobs."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action, held_by_person, records_only, reviewed
from skywarden.moderation.events import ModEventDivert, ModEventReverseTakedown, ModEventTakedown
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import Review
from skywarden.moderation.status import (
    SUSPEND_LABEL,
    TAKEDOWN_LABEL,
    TAKEDOWN_VALUES,
    TAKEN_DOWN,
    HeldKind,
    SubjectStatus,
)

HAS_ACTION = "SubjectHasAction"


def _refuse(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if proposal.subject.convo_id:
        return "a conversation cannot be taken down"
    return proposal.tag_policy.refusal(sorted(status.tags))


def _already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    # A rule may prolong a takedown; a person reverses it first.
    renewed = proposal.rule is not None and status.outlasted_by(TAKEN_DOWN, proposal.ends_us(now_us), now_us)
    return "the subject is taken down" if status.takendown and not renewed else None


def _take_down(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    """Take down with the label that says so; an account is suspended where the takedown ends by itself."""
    ends_us = proposal.ends_us(now_us)
    suspended = ends_us is not None and proposal.subject.is_account
    status = reviewed(proposal, _lifted(status), Review.CLOSED, now_us)
    label = (SUSPEND_LABEL if suspended else TAKEDOWN_LABEL, "")
    counts = status.counts
    status = replace(
        status,
        takendown=True,
        appealed=False,
        labels=status.labels | {label},
        open_reports=frozenset(),
        blob_cids=proposal.blob_cids or status.blob_cids,
        counts=replace(counts, suspend=counts.suspend + 1)
        if ends_us is not None
        else replace(counts, takedown=counts.takedown + 1),
    )
    status = status.holding(TAKEN_DOWN, ends_us, person=proposal.by_person)
    if ends_us is not None:
        status = replace(status, until={**status.until, (HeldKind.LABEL, *label): ends_us})
    return status


def _lifted(status: SubjectStatus) -> SubjectStatus:
    labels = frozenset((val, cid) for val, cid in status.labels if val in TAKEDOWN_VALUES)
    if not labels and not status.takendown:
        return status
    status = replace(status, takendown=False, labels=status.labels - labels)
    return status.without(frozenset({TAKEN_DOWN, *((HeldKind.LABEL, val, cid) for val, cid in labels)}))


def _refuse_reversal(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return held_by_person(proposal, status, TAKEN_DOWN) or proposal.tag_policy.refusal(sorted(status.tags))


def _not_taken_down(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if status.takendown else "the subject is not taken down"


def _reverse(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    return reviewed(proposal, _lifted(status), Review.CLOSED, now_us)


def _refuse_divert(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    if proposal.subject.is_record and not (proposal.blob_cids or status.blob_cids):
        return "a divert needs the blobs of the record"
    return records_only(proposal, status, now_us)


def _divert(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, blob_cids=proposal.blob_cids or status.blob_cids)


ACTIONS: dict[type, Action] = {
    ModEventTakedown: Action(_refuse, _already, _take_down, once=HAS_ACTION),
    ModEventReverseTakedown: Action(_refuse_reversal, _not_taken_down, _reverse, once=HAS_ACTION),
    ModEventDivert: Action(refuse=_refuse_divert, change=_divert),
}
