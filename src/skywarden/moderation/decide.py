"""Decide one proposal against what is known of its subject: a table of actions, pure, no I/O, no clock of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from skywarden.kernel.ids import UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.moderation.actions import MARK_ACTIONS, Action
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review_actions import REVIEW_ACTIONS
from skywarden.moderation.status import SubjectStatus

ACTIONS: Mapping[EffectKind, Action] = MappingProxyType(MARK_ACTIONS | REVIEW_ACTIONS)
"""Total over `EffectKind`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one proposal and the subject as it is after it; `why` is "" when applied."""

    outcome: Outcome
    why: str
    status: SubjectStatus


def decide(proposal: Proposal, status: SubjectStatus, held_back: str, now_us: UtcMicros) -> Verdict:
    """Answer one proposal; `held_back` is what its interval or its breakers say against it, "" for nothing.

    Order: refused, already so, held back, applied. Only what is applied changes the subject and counts.
    """
    action = ACTIONS[proposal.kind]
    if why := proposal.refused or action.refuse(proposal, status, now_us):
        return Verdict(Outcome.REFUSED, why, status)
    if (why := action.already(proposal, status, now_us)) is not None:
        return Verdict(Outcome.ALREADY, why, status)
    if held_back:
        return Verdict(Outcome.SUPPRESSED, held_back, status)
    return Verdict(Outcome.APPLIED, "", action.change(proposal, status, now_us))
