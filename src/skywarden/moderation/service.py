"""Answer every proposal, a rule's or a person's, in one transaction with everything that follows from it.

Retry: a proposal whose cause is answered is never answered again.
Crash: an effect is pending until its decision, status, label request and audit row are durable together.
Two writers: any number of workers; limits and once-only answers hold because the rows are locked until the commit.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

from sqlalchemy import Connection, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.decision import Decision, Outcome
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.docket import Ruling
from skywarden.moderation.load import open_docket, read_status, subjects_due
from skywarden.moderation.outbox import Outbox, RuleHits, any_due, lock_due, mark_decided
from skywarden.moderation.proposal import Proposal, proposal_of
from skywarden.moderation.reasons import APPEALS
from skywarden.moderation.review_actions import ALREADY_APPEALED
from skywarden.moderation.save import save_rulings
from skywarden.moderation.status import SubjectStatus
from skywarden.observe.catalog import DECISIONS
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, SUBJECT

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class NewReport:
    """A person's report. `report_id` is unique per submission; `tool_json` is the client's modTool, if it sent one."""

    report_id: str
    reason_type: str
    subject: Subject
    reported_by: Did
    reason: str = ""
    tool_json: str | None = None


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A durable report."""

    id: int
    report: NewReport
    created_us: UtcMicros


class ModerationService:
    """The only part that changes a subject (INV-6). `did` is the service's own, the author of what rules do.

    `hooks` are the names of the webhooks that rules may notify, `push_targets` the services that hear of takedowns.
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
    ) -> None:
        self._db = db
        self._did = did
        self._clock = clock
        self._metrics = metrics
        self._hooks = hooks
        self._push_targets = push_targets
        self.outbox = Outbox(db, clock)

    def decide_pending(self, limit: int = BATCH) -> int:
        """Answer up to `limit` of the effects that are due; return how many were answered."""
        now_us = self._clock.now_us()
        with self._db.read() as tx:
            if not any_due(tx, now_us):
                return 0
        with self._db.write("moderation.decide") as tx:
            pending = lock_due(tx, now_us, limit)
            if not pending:
                return 0
            proposals = [proposal_of(item.effect, self._did, self._hooks) for item in pending]
            rulings, _ = self._answer(tx, proposals, now_us)
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
            rulings, _ = self._answer(tx, (), now_us, subjects_due(tx, now_us, limit))
        self._count(rulings)
        return len(rulings)

    def create_report(self, report: NewReport) -> StoredReport:
        """Make a report durable and put its subject up for review.

        Raises: Rejected AlreadyAppealed, when an appeal of the subject is pending; NotSubjectOwner, when somebody else
        appeals; AccountTakedown, when a taken-down account does anything but appeal.
        """
        now_us, proposal = self._clock.now_us(), _proposal(report)
        with self._db.write("moderation.report") as tx:
            self._check_reporter(tx, report, now_us)
            rulings, ids = self._answer(tx, [proposal], now_us)
        self._count(rulings)
        if rulings[-1].verdict.why == ALREADY_APPEALED:
            raise Rejected(ALREADY_APPEALED, place=report.subject.uri, hint="wait for the answer to the first appeal")
        return StoredReport(ids[proposal.cause], report, now_us)

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
        query = (
            select(DECISION, SUBJECT.c.did, SUBJECT.c.uri)
            .join(SUBJECT, DECISION.c.subject_id == SUBJECT.c.id)
            .order_by(DECISION.c.id.desc())
            .limit(count)
        )
        with self._db.read() as tx:
            return [
                Decision(
                    id=row.id,
                    cause=row.cause,
                    kind=EffectKind(row.kind),
                    value=row.value,
                    outcome=Outcome(row.outcome),
                    why=row.why,
                    subject=Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid)),
                    created_by=Did(row.created_by),
                    created_us=UtcMicros(row.created_us),
                    rule=row.rule,
                    comment=row.comment,
                )
                for row in tx.execute(query)
            ]

    def _answer(
        self, tx: Connection, proposals: Sequence[Proposal], now_us: UtcMicros, touched: Sequence[Subject] = ()
    ) -> tuple[list[Ruling], dict[str, int]]:
        """Decide, after taking back what has reached its end on every subject of the proposals or of `touched`."""
        subjects = {subject.uri: subject for subject in (*touched, *(proposal.subject for proposal in proposals))}
        if not subjects:
            return [], {}
        docket, ids = open_docket(self._db, tx, proposals, list(subjects.values()), now_us)
        expired = docket.expiries(subjects.values(), self._did, now_us)
        rulings = docket.decide_all([*expired, *proposals], now_us)
        return rulings, save_rulings(self._db, tx, docket, ids, rulings, now_us, self._push_targets)

    def _check_reporter(self, tx: Connection, report: NewReport, now_us: UtcMicros) -> None:
        appeal = report.reason_type in APPEALS
        if appeal and report.reported_by != report.subject.did:
            raise Rejected(
                "NotSubjectOwner", place=report.subject.uri, expected="an appeal by the subject's own account"
            )
        if not appeal and read_status(tx, report.reported_by, now_us).takendown:
            raise Rejected("AccountTakedown", place=report.reported_by, expected="an appeal", found=report.reason_type)

    def _count(self, rulings: Sequence[Ruling]) -> None:
        for (kind, outcome), count in Counter((r.proposal.kind, r.verdict.outcome) for r in rulings).items():
            self._metrics.add(DECISIONS, count, kind=kind.value, outcome=outcome.value)


def _proposal(report: NewReport) -> Proposal:
    return Proposal(
        cause=f"report:{report.report_id}",
        kind=EffectKind.REPORT,
        value=report.reason_type,
        subject=report.subject,
        created_by=report.reported_by,
        actor=report.reported_by,
        comment=report.reason,
        tool_json=report.tool_json,
    )
