"""Say how one kind of act is answered, and the checks that several kinds share."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from skywarden.atproto.syntax.datetime import is_datetime
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.acts import Act
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import REVIEW_AFTER, Review
from skywarden.moderation.status import Held, SubjectStatus

Check = Callable[[Proposal, SubjectStatus, UtcMicros], str | None]
Change = Callable[[Proposal, SubjectStatus, UtcMicros], SubjectStatus]


def never(_proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> None:
    """Nothing stands against it."""


def unchanged(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    """It is kept as an event and changes nothing."""
    return status


@dataclass(frozen=True, slots=True)
class Action:
    """Why not at all, why not again, and what it changes.

    What a person does again is done again, unless `once`: then it is an error of that name.
    """

    refuse: Check = never
    already: Check = never
    change: Change = unchanged
    once: str = ""


def held_by_person(proposal: Proposal, status: SubjectStatus, held: Held) -> str | None:
    """Why a rule may not take it back."""
    if proposal.rule is not None and held in status.by_person:
        return "a person decided it; a rule does not take it back"
    return None


def accounts_only(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    """Why something that is about accounts cannot be about another subject."""
    return None if proposal.subject.is_account else f"{proposal.name} is about accounts only"


def records_only(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    """Why something that is about records cannot be about another subject."""
    return None if proposal.subject.is_record else f"{proposal.name} is about records only"


MOST_HOURS = 1_000_000
MOST_STRIKES = 1_000_000


def refuse_numbers(act: Act) -> str | None:
    """Why a term, a number of strikes or their end cannot be meant."""
    hours, strikes = getattr(act, "duration_in_hours", None), getattr(act, "strike_count", None)
    if hours is not None and not 0 <= hours <= MOST_HOURS:
        return f"durationInHours {hours} is not within 0 to {MOST_HOURS}"
    if strikes is not None and not 0 <= strikes <= MOST_STRIKES:
        return f"strikeCount {strikes} is not within 0 to {MOST_STRIKES}"
    ends = getattr(act, "strike_expires_at", None)
    return None if ends is None or is_datetime(ends) else f"strikeExpiresAt {ends[:40]!r} is not a datetime"


def reviewed(proposal: Proposal, status: SubjectStatus, review: Review | None, now_us: UtcMicros) -> SubjectStatus:
    """The status after somebody looked at the subject, and what that did to its review."""
    state = status.review if review is None else REVIEW_AFTER[review][status.review]
    return replace(status, review=state, last_reviewed_by=proposal.created_by, last_reviewed_us=now_us)
