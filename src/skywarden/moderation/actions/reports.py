"""Reports and appeals: what they do to a subject, and who may appeal."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action
from skywarden.moderation.events import ModEventReport
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.reasons import APPEALS, REASON_TYPES
from skywarden.moderation.review import REVIEW_AFTER, Review
from skywarden.moderation.status import SubjectStatus

ALREADY_APPEALED = "AlreadyAppealed"
NOT_SUBJECT_OWNER = "NotSubjectOwner"
ACCOUNT_TAKEDOWN = "AccountTakedown"


def as_its_reporter_stands(proposal: Proposal, reporter: SubjectStatus) -> Proposal:
    """The report with what moderation holds of who sent it: muted, or taken down and good for appeals only."""
    act = proposal.the(ModEventReport)
    if reporter.takendown and act.report_type not in APPEALS:
        return replace(proposal, refused=ACCOUNT_TAKEDOWN)
    muted = True if reporter.reporter_muted else None
    return proposal if act.is_reporter_muted == muted else replace(proposal, act=_muted(act, muted=muted))


def _muted(act: ModEventReport, *, muted: bool | None) -> ModEventReport:
    return ModEventReport(act.report_type, act.comment, muted)


def _refuse(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    act = proposal.the(ModEventReport)
    if proposal.rule is not None and act.report_type not in REASON_TYPES:
        return f"report reason {act.report_type!r} is not one that the lexicons know"
    if act.report_type not in APPEALS:
        return None
    if proposal.by_person and proposal.created_by != proposal.subject.did:
        return NOT_SUBJECT_OWNER
    return ALREADY_APPEALED if status.appealed else None


def _already(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    # A person may report again; a rule that fires on every reply of one account would bury the queue.
    if (proposal.rule, proposal.the(ModEventReport).report_type) in status.open_reports:
        return "the rule's earlier report for this reason is still open"
    return None


def _report(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    act, counts = proposal.the(ModEventReport), status.counts
    appeal = act.report_type in APPEALS
    status = replace(
        status,
        counts=replace(counts, appeal=counts.appeal + 1) if appeal else replace(counts, report=counts.report + 1),
    )
    if proposal.rule is not None:
        status = replace(status, open_reports=status.open_reports | {(proposal.rule, act.report_type)})
    if act.is_reporter_muted:
        return status
    if not appeal:
        return replace(status, review=REVIEW_AFTER[Review.REPORTED][status.review], last_reported_us=now_us)
    return replace(
        status,
        review=REVIEW_AFTER[Review.APPEALED][status.review],
        appealed=True,
        last_reported_us=now_us,
        last_appealed_us=now_us,
    )


ACTIONS: dict[type, Action] = {ModEventReport: Action(_refuse, _already, _report)}
