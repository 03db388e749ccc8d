"""Close, escalate and comment on the review of a subject, and answer appeals."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action, reviewed
from skywarden.moderation.events import (
    ModEventAcknowledge,
    ModEventComment,
    ModEventEscalate,
    ModEventPriorityScore,
    ModEventResolveAppeal,
)
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import PENDING, Review, ReviewState
from skywarden.moderation.status import SubjectStatus


def _escalated_already(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return "the subject is escalated" if status.review is ReviewState.ESCALATED else None


def _escalate(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    status = reviewed(proposal, status, Review.ESCALATED, now_us)
    return replace(status, counts=replace(status.counts, escalate=status.counts.escalate + 1))


def _refuse_acknowledge(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if proposal.rule is not None and (status.appealed or status.review is ReviewState.ESCALATED):
        return "the subject is escalated or appealed; only a person closes that"
    return None


def _acknowledged_already(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if status.review in PENDING else "nothing waits for review"


def _acknowledge(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    return replace(reviewed(proposal, status, Review.CLOSED, now_us), open_reports=frozenset())


def _comment(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    act = proposal.the(ModEventComment)
    if proposal.by_person:
        status = reviewed(proposal, status, None, now_us)
    return replace(status, comment=act.comment or None) if act.sticky else status


def _resolve(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, appealed=False)


def _refuse_score(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    score = proposal.the(ModEventPriorityScore).score
    return None if 0 <= score <= 100 else f"score {score} is not within 0 to 100"


def _prioritize(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, priority=proposal.the(ModEventPriorityScore).score)


ACTIONS: dict[type, Action] = {
    ModEventEscalate: Action(already=_escalated_already, change=_escalate),
    ModEventAcknowledge: Action(_refuse_acknowledge, _acknowledged_already, _acknowledge),
    ModEventComment: Action(change=_comment),
    ModEventResolveAppeal: Action(change=_resolve),
    ModEventPriorityScore: Action(refuse=_refuse_score, change=_prioritize),
}
