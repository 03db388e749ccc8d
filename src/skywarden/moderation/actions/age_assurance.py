"""What is known of the age of an account's owner: the owner's own word, a moderator's over it, and forgetting both."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action, accounts_only
from skywarden.moderation.events import AgeAssuranceEvent, AgeAssuranceOverrideEvent, AgeAssurancePurgeEvent
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import SubjectStatus

ADMIN, USER = "admin", "user"
UNKNOWN, RESET = "unknown", "reset"
USER_STATES = frozenset({UNKNOWN, "pending", "assured"})
ADMIN_STATES = frozenset({"assured", RESET, "blocked"})


def _refuse_user(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    found = proposal.the(AgeAssuranceEvent).status
    if found not in USER_STATES:
        return f"status {found[:40]!r} is not one of {', '.join(sorted(USER_STATES))}"
    return accounts_only(proposal, status, now_us)


def _user(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    """A moderator's word stands until a moderator resets it."""
    if status.age_assurance_by == ADMIN and status.age_assurance != RESET:
        return status
    return replace(status, age_assurance=proposal.the(AgeAssuranceEvent).status, age_assurance_by=USER)


def _refuse_override(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    found = proposal.the(AgeAssuranceOverrideEvent).status
    if found not in ADMIN_STATES:
        return f"status {found[:40]!r} is not one of {', '.join(sorted(ADMIN_STATES))}"
    return accounts_only(proposal, status, now_us)


def _override(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    return replace(status, age_assurance=proposal.the(AgeAssuranceOverrideEvent).status, age_assurance_by=ADMIN)


def _purge(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    """As if nothing had been said: the owner may begin anew."""
    return replace(status, age_assurance=UNKNOWN, age_assurance_by=None)


ACTIONS: dict[type, Action] = {
    AgeAssuranceEvent: Action(refuse=_refuse_user, change=_user),
    AgeAssuranceOverrideEvent: Action(refuse=_refuse_override, change=_override),
    AgeAssurancePurgeEvent: Action(refuse=accounts_only, change=_purge),
}
