"""Put subjects, report tickets and the services around them into a test's database."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Boolean, Column, Integer, String, insert, select

from proposals import LABELER, account
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.queues.assignments import QueueAssignments
from skywarden.moderation.queues.criteria import Criteria
from skywarden.moderation.queues.routing import ReportRouter
from skywarden.moderation.queues.rows import Queue
from skywarden.moderation.queues.service import NewQueue, QueueService
from skywarden.moderation.reports.acting import Act, ReportAction, act_on_reports
from skywarden.moderation.reports.activities import ReportActivities
from skywarden.moderation.reports.assignments import ReportAssignments
from skywarden.moderation.reports.tickets import NewTicket, open_tickets
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import MODERATION_EVENT, REPORT, REPORT_ACTIVITY, SUBJECT

SPAM, RUDE = "com.atproto.moderation.defs#reasonSpam", "com.atproto.moderation.defs#reasonRude"
POST = "app.bsky.feed.post"
EVENTS = "tools.ozone.moderation.defs#"
ANN, BEN, CAT = Did("did:plc:ann"), Did("did:plc:ben"), Did("did:plc:cat")
"""Moderators."""

QUEUE_S, REPORT_S = 3_600, 300


class Desk:
    """Every service of reports over one database and a clock moved by hand."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = ManualClock()
        self.metrics = Metrics()
        self.events = 0
        self.queues = QueueService(self.db, self.clock, lambda: {"spam-policy"})
        self.queue_assignments = QueueAssignments(self.db, self.clock, QUEUE_S)
        self.assignments = ReportAssignments(self.db, self.clock, REPORT_S)
        self.activities = ReportActivities(self.db, self.clock)
        self.router = ReportRouter(self.db, LABELER, self.clock, self.metrics)

    def report(self, *subjects: Subject, **changes: object) -> list[int]:
        """Report each subject once; `changes` replace fields of the ticket."""
        with self.db.write("test") as tx:
            tickets: list[NewTicket] = []
            for subject in subjects:
                self.events += 1
                row = tx.execute(select(SUBJECT.c.id).where(SUBJECT.c.uri == subject.uri)).scalar()
                subject_id = row or tx.execute(insert(SUBJECT), _subject_row(subject)).inserted_primary_key[0]  # type: ignore[index]  # a row has a key
                ticket = NewTicket(
                    event_id=self.events,
                    subject_id=subject_id,
                    did=subject.did,
                    reason_type=SPAM,
                    reported_by=Did("did:plc:reporter"),
                    record_path=subject.record_path,
                )
                tickets.append(replace(ticket, **changes))  # type: ignore[arg-type]  # each caller names its fields
                tx.execute(insert(MODERATION_EVENT), _event_row(tickets[-1], subject))
            return open_tickets(self.db, tx, tickets, self.clock.now_us())

    def act(self, subject: Subject, kind: str, action: ReportAction | None = None, by: Did = ANN) -> int:
        """Do to the reports on a subject what a moderation event does; return the event's id."""
        self.events += 1
        with self.db.write("test") as tx:
            subject_id = tx.execute(select(SUBJECT.c.id).where(SUBJECT.c.uri == subject.uri)).scalar_one()
            act_on_reports(self.db, tx, [Act(self.events, EVENTS + kind, subject_id, by, action)], self.clock.now_us())
        return self.events

    def queue(self, name: str = "spam", *, subjects: str = "account", types: Sequence[str] = (SPAM,)) -> Queue:
        """Make a queue for reports of these types on these kinds of subjects."""
        criteria = Criteria(frozenset(subjects.split()), None, frozenset(types))
        return self.queues.create(NewQueue(name, ANN, criteria))

    def states(self) -> dict[int, str]:
        """The state of each report."""
        with self.db.read() as tx:
            return {row.id: row.state for row in tx.execute(select(REPORT.c.id, REPORT.c.state))}

    def row(self, report_id: int) -> dict[str, object]:
        """A report's row."""
        with self.db.read() as tx:
            return dict(tx.execute(select(REPORT).where(REPORT.c.id == report_id)).one()._mapping)

    def history(self, report_id: int) -> list[tuple[str, str | None]]:
        """What was done to a report and the state that it was in before, in order."""
        table = REPORT_ACTIVITY
        with self.db.read() as tx:
            query = select(table.c.type, table.c.previous_state).where(table.c.report_id == report_id)
            return [(row.type, row.previous_state) for row in tx.execute(query.order_by(table.c.id))]


def accounts(count: int) -> list[Subject]:
    return [account(number) for number in range(1, count + 1)]


def _subject_row(subject: Subject) -> dict[str, object]:
    given = {
        "did": subject.did,
        "record_path": subject.record_path,
        "uri": subject.uri,
        "collection": subject.record_path.partition("/")[0],
        "review": "reviewOpen",
    }
    return {column.name: _empty(column) for column in SUBJECT.c if _needed(column)} | given


def _event_row(ticket: NewTicket, subject: Subject) -> dict[str, object]:
    given = {
        "id": ticket.event_id,
        "type": "modEventReport",
        "subject_id": ticket.subject_id,
        "did": ticket.did,
        "record_path": ticket.record_path,
        "uri": subject.uri,
        "created_by": ticket.reported_by,
        "event_json": "{}",
    }
    return {column.name: _empty(column) for column in MODERATION_EVENT.c if _needed(column)} | given


def _needed(column: Column[object]) -> bool:
    return not column.nullable and not column.primary_key


def _empty(column: Column[object]) -> object:
    if isinstance(column.type, Boolean):
        return False
    return "" if isinstance(column.type, String) else 0 if isinstance(column.type, Integer) else None
