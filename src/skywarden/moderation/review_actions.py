"""What each kind of proposal about a subject's review needs, finds already so, and changes. Pure."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.actions import Action, never
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.reasons import APPEALS, REASON_TYPES
from skywarden.moderation.review import REVIEW_AFTER, Act, ReviewState
from skywarden.moderation.status import SubjectStatus

ALREADY_APPEALED = "AlreadyAppealed"


def _refuse_report(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if proposal.rule is not None and proposal.value not in REASON_TYPES:
        return f"report reason {proposal.value!r} is not one that the lexicons know"
    if proposal.value in APPEALS and status.appealed:
        return ALREADY_APPEALED
    return None


def _reported_already(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    # A person may report again; a rule that fires on every reply of one account would bury the queue.
    if proposal.rule is not None and (proposal.rule, proposal.value) in status.open_reports:
        return "the rule's earlier report for this reason is still open"
    return None


def _report(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    appeal = proposal.value in APPEALS
    act = Act.APPEALED if appeal else Act.REPORTED
    opened = frozenset[tuple[str, str]]() if proposal.rule is None else {(proposal.rule, proposal.value)}
    return replace(
        status,
        review=REVIEW_AFTER[act][status.review],
        appealed=status.appealed or appeal,
        last_reported_us=now_us,
        last_appealed_us=now_us if appeal else status.last_appealed_us,
        open_reports=status.open_reports | opened,
    )


def _escalated_already(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return "the subject is escalated" if status.review is ReviewState.ESCALATED else None


def _escalate(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, review=REVIEW_AFTER[Act.ESCALATED][status.review])


def _refuse_acknowledge(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    if proposal.rule is not None and (status.appealed or status.review is ReviewState.ESCALATED):
        return "the subject is escalated or appealed; only a person closes that"
    return None


def _acknowledged_already(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return "nothing waits for review" if status.review in (ReviewState.NONE, ReviewState.CLOSED) else None


def _acknowledge(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, review=REVIEW_AFTER[Act.ACKNOWLEDGED][status.review], open_reports=frozenset())


def _unchanged(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return status


REVIEW_ACTIONS: dict[EffectKind, Action] = {
    EffectKind.REPORT: Action(_refuse_report, _reported_already, _report),
    EffectKind.ESCALATE: Action(never, _escalated_already, _escalate),
    EffectKind.ACKNOWLEDGE: Action(_refuse_acknowledge, _acknowledged_already, _acknowledge),
    EffectKind.COMMENT: Action(never, never, _unchanged),
    EffectKind.NOTIFY: Action(never, never, _unchanged),
}

CLOSING = frozenset({EffectKind.ACKNOWLEDGE, EffectKind.TAKEDOWN})
"""Kinds that answer every open report on their subject."""
