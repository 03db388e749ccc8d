"""Decide one proposal against what is known of its subject: a table of actions, pure, no I/O, no clock of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from skywarden.kernel.ids import UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.model.label import is_label_value
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.reasons import APPEALS, REASON_TYPES
from skywarden.moderation.review import REVIEW_AFTER, Act, ReviewState

TAKEDOWN_VALUES = frozenset({"!takedown", "!suspend"})
"""Labels that only a takedown sets, so that the label and the takedown cannot part ways."""

TAG_CHARACTERS = 256

ALREADY_APPEALED = "AlreadyAppealed"


@dataclass(frozen=True, slots=True)
class SubjectStatus:
    """What moderation holds of a subject. `labels` are (value, cid or ""), `open_reports` (rule, reason type)."""

    review: ReviewState = ReviewState.NONE
    appealed: bool = False
    takendown: bool = False
    last_reported_us: UtcMicros | None = None
    last_appealed_us: UtcMicros | None = None
    tags: frozenset[str] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    open_reports: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one proposal and the subject as it is after it; `why` is "" when applied."""

    outcome: Outcome
    why: str
    status: SubjectStatus


_Check = Callable[[Proposal, SubjectStatus], str | None]
_Change = Callable[[Proposal, SubjectStatus, UtcMicros], SubjectStatus]


@dataclass(frozen=True, slots=True)
class _Action:
    """How one kind of proposal is answered: why not at all, why not again, and what it changes."""

    refuse: _Check
    already: _Check
    change: _Change


def decide(proposal: Proposal, status: SubjectStatus, used: int, now_us: UtcMicros) -> Verdict:
    """Answer one proposal; `used` is what its breaker has let through today.

    Order: refused, already so, over the limit, applied. Only what is applied changes the subject and counts.
    """
    action = ACTIONS[proposal.kind]
    if (why := action.refuse(proposal, status)) is not None:
        return Verdict(Outcome.REFUSED, why, status)
    if (why := action.already(proposal, status)) is not None:
        return Verdict(Outcome.ALREADY, why, status)
    breaker = proposal.breaker
    if breaker is not None and used >= breaker.limit:
        return Verdict(Outcome.SUPPRESSED, f"{breaker.scope} reached its limit of {breaker.limit} a day", status)
    return Verdict(Outcome.APPLIED, "", action.change(proposal, status, now_us))


def _refuse_label(proposal: Proposal, _status: SubjectStatus) -> str | None:
    if proposal.value in TAKEDOWN_VALUES:
        return f"label {proposal.value!r} is set by a takedown only"
    if not is_label_value(proposal.value):
        return f"label {proposal.value!r} would not show in clients; use a-z with inner dashes"
    return None


def _labeled_already(proposal: Proposal, status: SubjectStatus) -> str | None:
    val = proposal.value
    if (val, "") in status.labels or (val, proposal.subject.cid or "") in status.labels:
        return f"the subject carries {val!r}"
    return None


def _label(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(
        status,
        review=REVIEW_AFTER[Act.LABELED][status.review],
        labels=status.labels | {(proposal.value, proposal.subject.cid or "")},
    )


def _refuse_tag(proposal: Proposal, _status: SubjectStatus) -> str | None:
    if not proposal.value or len(proposal.value) > TAG_CHARACTERS or not proposal.value.isascii():
        return f"tag {proposal.value[:40]!r} is not 1 to {TAG_CHARACTERS} ASCII characters"
    return None


def _tagged_already(proposal: Proposal, status: SubjectStatus) -> str | None:
    return f"the subject has the tag {proposal.value!r}" if proposal.value in status.tags else None


def _tag(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, review=REVIEW_AFTER[Act.TAGGED][status.review], tags=status.tags | {proposal.value})


def _refuse_report(proposal: Proposal, status: SubjectStatus) -> str | None:
    if proposal.rule is not None and proposal.value not in REASON_TYPES:
        return f"report reason {proposal.value!r} is not one that the lexicons know"
    if proposal.value in APPEALS and status.appealed:
        return ALREADY_APPEALED
    return None


def _reported_already(proposal: Proposal, status: SubjectStatus) -> str | None:
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


ACTIONS: Mapping[EffectKind, _Action] = MappingProxyType(
    {
        EffectKind.LABEL: _Action(_refuse_label, _labeled_already, _label),
        EffectKind.TAG: _Action(_refuse_tag, _tagged_already, _tag),
        EffectKind.REPORT: _Action(_refuse_report, _reported_already, _report),
    }
)
"""Total over `EffectKind`."""
