"""Answer every proposal, a rule's or a person's, in one transaction with everything that follows from it.

Retry: a proposal whose cause is answered is never answered again.
Crash: an effect is pending until its decision, status, label request and audit row are durable together.
Two writers: any number of workers; limits and once-only answers hold because the rows are locked until the commit.
"""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from functools import partial

from sqlalchemy import Connection

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.decision import Decision
from skywarden.model.effect import NO_LIMITS, Limits
from skywarden.model.subject import Subject
from skywarden.moderation.declared import only_declared
from skywarden.moderation.docket import Ruling
from skywarden.moderation.emission import Beside, proposals_of, refuse_duplicate, refuse_persons, stored_events
from skywarden.moderation.events import ModEventReport
from skywarden.moderation.load import open_docket, read_status, subjects_due
from skywarden.moderation.new_event import NewEvent, NewReport, StoredEvent, StoredReport
from skywarden.moderation.outbox import SAMPLE, Outbox, RuleHits, any_due, lock_due, mark_decided
from skywarden.moderation.proposal import Proposal, proposal_of
from skywarden.moderation.recent import newest_decisions
from skywarden.moderation.save import nothing_beside, save_rulings
from skywarden.moderation.save_accounts import save_strikes, strikes_due
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.taking_back import TakingBack
from skywarden.observe.catalog import DECISIONS
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.counters import Counter as Numbers
from skywarden.storage.counters import lock_counter, move_counter

BATCH = 1_000
EVENT_COUNTER = "decision"
"""Locked first in every write: events are numbered in commit order, and limits are exact."""


class ModerationService:
    """The only part that changes a subject (INV-6). `did` is the service's own, the author of what rules do.

    `hooks` are the names of the webhooks that rules may notify, `push_targets` the services that hear of takedowns,
    `limits` what all rules together may do, `declared` the label values that the labeler declares (None: not known),
    `shadow_sample` how many shadow hits of each rule version are drawn for review.
    """

    def __init__(
        self,
        db: Database,
        did: Did,
        *,
        clock: Clock,
        metrics: Metrics,
        hooks: Set[str] = frozenset(),
        push_targets: Set[str] = frozenset(),
        limits: Limits = NO_LIMITS,
        declared: Set[str] | None = None,
        shadow_sample: int = SAMPLE,
    ) -> None:
        self._db = db
        self._did = did
        self._clock = clock
        self._metrics = metrics
        self._hooks = hooks
        self._push_targets = push_targets
        self._limits = limits
        self._declared = declared
        self.on_emitted: Callable[[], None] = _nobody_waits
        """Called after each durable event of a person or a job, in their thread; labels may wait to be published."""
        self.outbox = Outbox(db, clock, sample=shadow_sample)

    def decide_pending(self, limit: int = BATCH) -> int:
        """Answer up to `limit` of the effects that are due; return how many were answered."""
        now_us = self._clock.now_us()
        with self._db.read() as tx:
            if not any_due(tx, now_us):
                return 0
        with self._db.write("moderation.decide") as tx:
            last = lock_counter(self._db, tx, EVENT_COUNTER).number
            pending = lock_due(tx, now_us, limit)
            if not pending:
                return 0
            proposals = [proposal_of(item.effect, self._did, self._hooks, self._limits) for item in pending]
            rulings, _, _ = self._answer(tx, last, proposals, now_us)
            mark_decided(tx, pending)
        self._count(rulings)
        return len(pending)

    def take_back_expired(self, limit: int = BATCH) -> int:
        """End what has reached its end on up to `limit` subjects; return how many decisions that took."""
        now_us = self._clock.now_us()
        with self._db.read() as tx:
            if not subjects_due(tx, now_us, 1):
                return 0
        with self._db.write("moderation.expire") as tx:
            last = lock_counter(self._db, tx, EVENT_COUNTER).number
            rulings, _, _ = self._answer(tx, last, (), now_us, subjects_due(tx, now_us, limit))
        self._count(rulings)
        return len(rulings)

    def expire_strikes(self, limit: int = BATCH) -> int:
        """Add up the strikes of up to `limit` accounts anew, some of which have expired; return how many."""
        now_us = self._clock.now_us()
        with self._db.write("moderation.strikes") as tx:
            lock_counter(self._db, tx, EVENT_COUNTER)
            due = strikes_due(tx, now_us, limit)
            save_strikes(tx, due, now_us)
        return len(due)

    def emit(self, new: NewEvent) -> StoredEvent:
        """Make an event durable, with all that follows from it.

        Raises: Rejected SubjectHasAction, DuplicateExternalId, AlreadyAppealed, NotSubjectOwner, ReportNotFound, or
        InvalidRequest with what is wrong.
        """
        return self.emit_all([new])[0]

    def emit_all(self, news: Sequence[NewEvent], beside: Beside | None = None) -> list[StoredEvent]:
        """Make events durable together, or none of them; `beside` writes more in their transaction.

        Raises: as `emit` does, and what `beside` raises.
        """
        now_us = self._clock.now_us()
        with self._db.write("moderation.emit") as tx:
            last = lock_counter(self._db, tx, EVENT_COUNTER).number
            for new in news:
                refuse_duplicate(tx, new)
            proposals = [proposal for new in news for proposal in proposals_of(new, self._did)]
            reporters = [new.created_by for new in news if isinstance(new.event, ModEventReport)]
            rulings, first, tickets = self._answer(tx, last, proposals, now_us, reporters=reporters)
            stored = stored_events(news, rulings, first, tickets, now_us)
            if beside is not None:
                beside(tx, [event.id for event in stored])
        self.on_emitted()
        self._count(rulings)
        return stored

    def take_back(self, taking: TakingBack) -> bool:
        """Do one chunk of an undo; True when only terms were ended that had to end before, and it must be tried again.

        What it proposes was decided with all that is known under the lock, and is applied or refused as it says.
        """
        now_us = self._clock.now_us()
        with self._db.write("moderation.undo") as tx:
            last = lock_counter(self._db, tx, EVENT_COUNTER).number
            subjects = taking.subjects(tx, now_us)
            docket, ids = open_docket(self._db, tx, (), subjects, now_us)
            expired = docket.expiries(subjects, self._did, now_us)
            proposals = expired or taking.proposals(tx, docket.statuses, ids, now_us)
            rulings = docket.decide_all(proposals, now_us)
            move_counter(tx, EVENT_COUNTER, Numbers(last + len(rulings)))
            finish = nothing_beside if expired else partial(taking.finish, tx, last + 1, now_us)
            save_rulings(self._db, tx, docket, ids, rulings, last + 1, now_us, self._push_targets, finish)
        self.on_emitted()
        self._count(rulings)
        return bool(expired)

    @property
    def declared(self) -> Set[str] | None:
        """The label values that the labeler declares; None when nobody knows."""
        return self._declared

    def declare(self, values: Set[str] | None) -> None:
        """Take note of what the labeler declares from now on; None when nobody knows."""
        self._declared = values

    def create_report(self, report: NewReport) -> StoredReport:
        """Make a report durable and put its subject up for review.

        Raises: Rejected AlreadyAppealed, when an appeal of the subject is pending; NotSubjectOwner, when somebody else
        appeals; AccountTakedown, when a taken-down account does anything but appeal.
        """
        stored = self.emit(report.event())
        return StoredReport(stored.report_id or 0, report, stored.created_us)

    def status(self, uri: str) -> SubjectStatus:
        """What is held of a subject; an account's uri is its DID."""
        with self._db.read() as tx:
            return read_status(tx, uri, self._clock.now_us())

    def pending_effects(self) -> int:
        """How many effects wait for a decision."""
        return self.outbox.pending_effects()

    def hits_per_rule(self) -> list[RuleHits]:
        """Every rule version that was ever true, by name."""
        return self.outbox.hits_per_rule()

    def recent_decisions(self, count: int) -> list[Decision]:
        """The newest decisions, newest first."""
        with self._db.read() as tx:
            return newest_decisions(tx, count)

    def _answer(
        self,
        tx: Connection,
        last: int,
        proposals: Sequence[Proposal],
        now_us: UtcMicros,
        touched: Sequence[Subject] = (),
        reporters: Sequence[Did] = (),
    ) -> tuple[list[Ruling], int, dict[int, int]]:
        """Decide, after taking back what has reached its end on every subject of the proposals or of `touched`.

        `last` is the number of the event before. Return the rulings, the number of the first one's event, and the
        ticket of each report by its event's number.
        """
        subjects = {subject.uri: subject for subject in (*touched, *(proposal.subject for proposal in proposals))}
        if not subjects:
            return [], 0, {}
        proposals = only_declared(proposals, self._declared)
        docket, ids = open_docket(self._db, tx, proposals, list(subjects.values()), now_us, reporters)
        expired = docket.expiries(subjects.values(), self._did, now_us)
        rulings = docket.decide_all([*expired, *proposals], now_us)
        refuse_persons(rulings)
        if not rulings:
            return [], 0, {}
        first = last + 1
        move_counter(tx, EVENT_COUNTER, Numbers(last + len(rulings)))
        tickets = save_rulings(self._db, tx, docket, ids, rulings, first, now_us, self._push_targets)
        return rulings, first, tickets

    def _count(self, rulings: Sequence[Ruling]) -> None:
        for (kind, outcome), count in Counter((r.proposal.name, r.verdict.outcome) for r in rulings).items():
            self._metrics.add(DECISIONS, count, kind=kind, outcome=outcome.value)


def _nobody_waits() -> None:
    """Until somebody says otherwise."""
