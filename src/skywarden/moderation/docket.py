"""Decide a batch of proposals in order against one working set, so that each sees what those before it did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.subject import Subject
from skywarden.moderation import followups
from skywarden.moderation.actions.reports import as_its_reporter_stands
from skywarden.moderation.decide import Verdict, decide
from skywarden.moderation.events import ModEventReport
from skywarden.moderation.proposal import Breaker, Proposal, expiry_of
from skywarden.moderation.status import TAKEDOWN_VALUES, HeldKind, SubjectStatus

BreakerKey = tuple[str, str, int]
"""Scope, span and period."""

ActKey = tuple[str, str, str, str]
"""Rule, kind, value and subject uri: what `every=` keeps apart."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A proposal with its verdict and the subject as it was before; `used` is what its breakers had counted by then."""

    proposal: Proposal
    before: SubjectStatus
    verdict: Verdict
    used: tuple[int, ...] = ()

    @property
    def applied(self) -> bool:
        return self.verdict.outcome is Outcome.APPLIED


@dataclass(slots=True)
class Docket:
    """Statuses by subject uri, breaker counts and the event times of earlier acts, as their transaction sees them.

    `pending` are, by account, its subjects that wait for review, as far as a proposal closes them all; `new` the uris
    of subjects that nothing happened to before.
    Two writers: the transaction must hold the rows of all until it commits; then limits and intervals are exact.
    """

    statuses: dict[str, SubjectStatus] = field(default_factory=dict)
    used: dict[BreakerKey, int] = field(default_factory=dict)
    acted_us: dict[ActKey, list[UtcMicros]] = field(default_factory=dict)
    pending: dict[Did, list[Subject]] = field(default_factory=dict)
    new: frozenset[str] = frozenset()

    def decide_all(self, proposals: Iterable[Proposal], now_us: UtcMicros) -> list[Ruling]:
        """Answer each proposal and what follows from it, in order, and keep what they changed."""
        return [ruling for proposal in proposals for ruling in self._decide_with_followups(proposal, now_us)]

    def expiries(self, subjects: Iterable[Subject], service: Did, now_us: UtcMicros) -> list[Proposal]:
        """Propose to take back everything on the subjects that has reached its end."""
        found = []
        for subject in subjects:
            for held, ends_us in sorted(self.statuses[subject.uri].until.items()):
                # A takedown takes its own label with it.
                if ends_us <= now_us and not (held[0] is HeldKind.LABEL and held[1] in TAKEDOWN_VALUES):
                    found.append(expiry_of(held, subject, ends_us, service))
        return found

    def _decide_with_followups(self, proposal: Proposal, now_us: UtcMicros) -> Iterator[Ruling]:
        for first in followups.before(proposal, self._status(proposal)):
            yield self._decide(first, now_us)
        if isinstance(proposal.act, ModEventReport) and proposal.by_person:
            reporter = self.statuses.get(proposal.created_by, SubjectStatus())
            proposal = as_its_reporter_stands(proposal, reporter.at(now_us))
        ruling = self._decide(proposal, now_us)
        yield ruling
        if ruling.applied:
            pending = self.pending.get(proposal.subject.did, ())
            for then in followups.after(proposal, pending, self.statuses):
                yield self._decide(then, now_us)

    def _status(self, proposal: Proposal) -> SubjectStatus:
        return self.statuses.get(proposal.subject.uri, SubjectStatus())

    def _decide(self, proposal: Proposal, now_us: UtcMicros) -> Ruling:
        before = self._status(proposal)
        used = tuple(self.used.get(breaker_key(breaker), 0) for breaker in proposal.breakers)
        verdict = decide(proposal, before, self._held_back(proposal), now_us)
        if verdict.outcome is Outcome.APPLIED:
            self.statuses[proposal.subject.uri] = verdict.status
            self._count(proposal)
        return Ruling(proposal, before, verdict, used)

    def _held_back(self, proposal: Proposal) -> str:
        """Why its interval or a breaker does not let it through; "" when both do."""
        every_us, event_us = proposal.options.every_us or 0, proposal.event_us or 0
        # Both directions: a delayed effect may be decided after one of a later event.
        if every_us and any(abs(event_us - other) < every_us for other in self.acted_us.get(act_key(proposal), ())):
            return f"rule:{proposal.rule} did so within {every_us // 1_000_000} s"
        for breaker in proposal.breakers:
            if self.used.get(breaker_key(breaker), 0) >= breaker.limit:
                article = "an" if breaker.span == "hour" else "a"
                return f"{breaker.scope} reached its limit of {breaker.limit} {article} {breaker.span}"
        return ""

    def _count(self, proposal: Proposal) -> None:
        for breaker in proposal.breakers:
            key = breaker_key(breaker)
            self.used[key] = self.used.get(key, 0) + 1
        if proposal.event_us is not None:
            self.acted_us.setdefault(act_key(proposal), []).append(proposal.event_us)


def breaker_key(breaker: Breaker) -> BreakerKey:
    """Name the row that a breaker counts in."""
    return breaker.scope, breaker.span, breaker.period


def act_key(proposal: Proposal) -> ActKey:
    """Name what an interval is kept for."""
    kind, value = ("", "") if proposal.asked is None else (proposal.asked[0].value, proposal.asked[1])
    return proposal.rule or "", kind, value, proposal.subject.uri
