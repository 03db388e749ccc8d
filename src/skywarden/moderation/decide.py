"""Decide one proposal against what is known of its subject: a table of actions, pure, no I/O, no clock of its own."""

from dataclasses import dataclass

from skywarden.kernel.ids import UtcMicros
from skywarden.model.decision import Outcome
from skywarden.moderation.actions import ACTIONS
from skywarden.moderation.actions.action import refuse_numbers
from skywarden.moderation.actions.reports import ACCOUNT_TAKEDOWN, ALREADY_APPEALED, NOT_SUBJECT_OWNER
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import SubjectStatus

INVALID = "InvalidRequest"
REFUSALS = frozenset({ALREADY_APPEALED, NOT_SUBJECT_OWNER, ACCOUNT_TAKEDOWN})
"""Why nots that are names which callers know."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one proposal and the subject as it is after it; `why` is "" when applied.

    `error` is the lexicon's name for what a person is told.
    """

    outcome: Outcome
    why: str
    status: SubjectStatus
    error: str = ""


def decide(proposal: Proposal, status: SubjectStatus, held_back: str, now_us: UtcMicros) -> Verdict:
    """Answer one proposal; `held_back` is what its interval or its breakers say against it, "" for nothing.

    Order: refused, already so, held back, applied. Only what is applied changes the subject and counts. What undoes
    something was decided with all that is known of it, and is applied.
    """
    if proposal.put_back is not None:
        return Verdict(Outcome.APPLIED, "", proposal.put_back.applied_to(status))
    action = ACTIONS[type(proposal.act)]
    if why := proposal.refused or refuse_numbers(proposal.act) or action.refuse(proposal, status, now_us):
        return Verdict(Outcome.REFUSED, why, status, why if why in REFUSALS else INVALID)
    asks_again = not proposal.by_person or action.once
    if asks_again and (why := action.already(proposal, status, now_us)) is not None:
        return Verdict(Outcome.ALREADY, why, status, action.once)
    if held_back:
        return Verdict(Outcome.SUPPRESSED, held_back, status)
    return Verdict(Outcome.APPLIED, "", action.change(proposal, status, now_us))
