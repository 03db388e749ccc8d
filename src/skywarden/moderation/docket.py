"""Decide a batch of proposals in order against one working set, so that each sees what those before it did."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from skywarden.kernel.ids import UtcMicros
from skywarden.model.decision import Outcome
from skywarden.moderation.decide import SubjectStatus, Verdict, decide
from skywarden.moderation.proposal import Breaker, Proposal

BreakerKey = tuple[str, int]
"""Scope and UTC day."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A proposal with its verdict and the subject as it was before."""

    proposal: Proposal
    before: SubjectStatus
    verdict: Verdict

    @property
    def applied(self) -> bool:
        return self.verdict.outcome is Outcome.APPLIED


@dataclass(slots=True)
class Docket:
    """Statuses by subject uri and breaker counts, as the transaction that loaded them sees them.

    Two writers: the transaction must hold the rows of both until it commits; then limits are exact.
    """

    statuses: dict[str, SubjectStatus] = field(default_factory=dict)
    used: dict[BreakerKey, int] = field(default_factory=dict)

    def decide_all(self, proposals: Iterable[Proposal], now_us: UtcMicros) -> list[Ruling]:
        """Answer each proposal, in order, and keep what it changed."""
        return [self._decide(proposal, now_us) for proposal in proposals]

    def _decide(self, proposal: Proposal, now_us: UtcMicros) -> Ruling:
        uri = proposal.subject.uri
        before = self.statuses.get(uri, SubjectStatus())
        breaker = proposal.breaker
        used = 0 if breaker is None else self.used.get(breaker_key(breaker), 0)
        verdict = decide(proposal, before, used, now_us)
        if verdict.outcome is Outcome.APPLIED:
            self.statuses[uri] = verdict.status
            if breaker is not None:
                self.used[breaker_key(breaker)] = used + 1
        return Ruling(proposal, before, verdict)


def breaker_key(breaker: Breaker) -> BreakerKey:
    """Name the row that a breaker counts in."""
    return breaker.scope, breaker.day
