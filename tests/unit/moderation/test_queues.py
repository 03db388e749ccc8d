"""Queues are made, changed and deleted without losing a report; a report is routed once, however many workers route."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from databases import Crash, Seams
from proposals import account
from report_rows import ANN, POST, RUDE, SPAM, Desk, accounts
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.queues.criteria import UNMATCHED, Criteria
from skywarden.moderation.queues.reassign import reassign_queue
from skywarden.moderation.queues.routing import Routed
from skywarden.moderation.queues.service import NewQueue, QueueChange
from skywarden.moderation.reports.activities import NewActivity
from skywarden.moderation.reports.assignments import Wish
from skywarden.moderation.reports.machine import Activity
from skywarden.observe.catalog import REPORTS_ROUTED
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, REPORT_ACTIVITY

ALICE, BOB = accounts(2)
RECORD = Subject.record(Did("did:plc:account1"), POST, "3k")


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_report_is_routed_to_the_queue_that_takes_it(desk: Desk) -> None:
    queue = desk.queue()
    taken, other = desk.report(ALICE, RECORD)
    assert desk.router.route(10) == 2
    assert desk.states() == {taken: "queued", other: "open"}
    assert (desk.row(taken)["queue_id"], desk.row(other)["queue_id"]) == (queue.id, UNMATCHED)
    assert desk.row(taken)["queued_us"] == desk.clock.now_us()
    assert desk.history(taken) == [("queueActivity", "open")]
    assert desk.router.route(10) == 0
    assert desk.metrics.value(REPORTS_ROUTED, outcome="queue") == 1
    assert desk.metrics.value(REPORTS_ROUTED, outcome="unmatched") == 1


def test_an_escalated_report_is_routed_and_stays_escalated(desk: Desk) -> None:
    queue = desk.queue()
    (report,) = desk.report(ALICE)
    desk.activities.record(NewActivity(Activity.ESCALATED, ANN, report))
    desk.router.route(10)
    assert (desk.row(report)["queue_id"], desk.states()[report]) == (queue.id, "escalated")
    assert len(desk.history(report)) == 1


def test_a_tool_can_put_a_report_into_a_queue_that_would_not_take_it(desk: Desk) -> None:
    desk.queue()
    special = desk.queues.create(NewQueue("by hand", ANN))
    tool_json = f'{{"name": "x", "meta": {{"queueId": {special.id}}}}}'
    (report,) = desk.report(ALICE, tool_json=tool_json)
    desk.router.route(10)
    assert desk.row(report)["queue_id"] == special.id


def test_a_disabled_queue_gets_no_reports(desk: Desk) -> None:
    queue = desk.queue()
    desk.queues.update(QueueChange(queue.id, ANN, enabled=False))
    (report,) = desk.report(ALICE)
    desk.router.route(10)
    assert desk.row(report)["queue_id"] == UNMATCHED


def test_a_range_routes_what_no_queue_took_before(desk: Desk) -> None:
    first, second, closed = desk.report(ALICE, BOB, RECORD)
    desk.act(RECORD, "modEventAcknowledge")
    desk.router.route(10)
    desk.queue()
    assert desk.router.route_range(first, first, ANN) == Routed(assigned=1)
    assert desk.router.route_range(first, closed, ANN) == Routed(assigned=1)
    assert desk.states() == {first: "queued", second: "queued", closed: "closed"}


@pytest.mark.parametrize(("first", "last"), [(2, 1), (1, 5_001)])
def test_a_range_is_neither_backward_nor_too_wide(desk: Desk, first: int, last: int) -> None:
    with pytest.raises(Rejected, match="OutOfRange"):
        desk.router.route_range(first, last, ANN)


def test_many_workers_route_each_report_once(desk: Desk) -> None:
    desk.queue()
    desk.report(*(account(number) for number in range(1, 1_201)))
    start = threading.Barrier(4)

    def work(_worker: int) -> int:
        start.wait()
        routed = 0
        while desk.router.due_us() is not None:
            try:
                routed += desk.router.route(100)
            except Retryable:
                continue
        return routed

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1_200
    with desk.db.read() as tx:
        assert tx.execute(select(func.count()).select_from(REPORT_ACTIVITY)).scalar_one() == 1_200
        assert tx.execute(select(func.count(REPORT_ACTIVITY.c.report_id.distinct()))).scalar_one() == 1_200
        assert set(tx.execute(select(REPORT.c.state)).scalars()) == {"queued"}
    verify_audit(desk.db)


def test_a_crash_before_the_commit_leaves_the_batch_for_the_next_run(desk: Desk, seams: Seams) -> None:
    desk.queue()
    (report,) = desk.report(ALICE)
    seams.crash_at = "reports.route:before-commit"
    with pytest.raises(Crash):
        desk.router.route(10)
    assert desk.history(report) == []
    assert desk.router.route(10) == 1
    assert desk.history(report) == [("queueActivity", "open")]


def test_queues_that_take_the_same_reports_or_have_the_same_name_conflict(desk: Desk) -> None:
    desk.queue("spam", types=[SPAM, RUDE])
    for name, types in (("other", [RUDE]), ("spam", [])):
        with pytest.raises(Rejected, match="ConflictingQueue"):
            desk.queue(name, types=types)
    rude = desk.queue("records", subjects="record", types=[RUDE])
    with pytest.raises(Rejected, match="ConflictingQueue"):
        desk.queues.update(QueueChange(rude.id, ANN, name="spam"))


def test_of_queues_that_conflict_only_one_is_made_at_once(desk: Desk) -> None:
    start = threading.Barrier(4)

    def make(number: int) -> str:
        start.wait()
        while True:
            try:
                return desk.queue(f"queue {number}").name
            except Rejected as refused:
                return refused.reason
            except Retryable:
                continue

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(4))).count("ConflictingQueue") == 3
    assert len(desk.queues.queues()) == 1


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (NewQueue(" ", ANN), "InvalidQueueName"),
        (NewQueue("a", ANN, Criteria(frozenset({"video"}))), "InvalidSubjectType"),
        (NewQueue("a", ANN, Criteria(frozenset({"account"}), POST)), "InvalidCollection"),
        (NewQueue("a", ANN, policies=("unheard-of",)), "InvalidRecommendedPolicies"),
    ],
)
def test_a_queue_that_makes_no_sense_is_refused(desk: Desk, new: NewQueue, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        desk.queues.create(new)
    assert desk.queues.queues() == []


def test_what_a_change_does_not_name_stays(desk: Desk) -> None:
    made = desk.queues.create(NewQueue("spam", ANN, Criteria(), "for a start", ("spam-policy",)))
    desk.clock.advance(5)
    changed = desk.queues.update(QueueChange(made.id, ANN, name="junk"))
    assert (changed.name, changed.description, changed.policies, changed.enabled) == (
        "junk",
        "for a start",
        ("spam-policy",),
        True,
    )
    assert desk.queues.by_id([made.id])[made.id] == changed
    assert changed.updated_us == desk.clock.now_us() > made.updated_us
    with pytest.raises(Rejected, match="QueueNotFound"):
        desk.queues.update(QueueChange(99, ANN, name="x"))


def test_a_deleted_queues_pending_reports_go_to_another_or_to_none(desk: Desk) -> None:
    spam, rude = desk.queue("spam"), desk.queue("rude", types=[RUDE])
    queued, assigned, closed = desk.report(ALICE, BOB, account(3))
    desk.router.route(10)
    desk.assignments.assign(Wish(assigned, ANN, ANN, permanent=True))
    desk.act(account(3), "modEventAcknowledge")
    desk.queue_assignments.assign(spam.id, ANN, ANN)
    assert desk.queues.delete(spam.id, ANN, rude.id) == 2
    assert [desk.row(number)["queue_id"] for number in (queued, assigned, closed)] == [rude.id, rude.id, spam.id]
    assert desk.states() == {queued: "queued", assigned: "assigned", closed: "closed"}
    assert desk.queues.delete(rude.id, ANN) == 2
    assert desk.states() == {queued: "open", assigned: "assigned", closed: "closed"}
    assert desk.row(queued)["queued_us"] is None
    assert desk.history(queued) == [("queueActivity", "open"), ("queueActivity", "queued"), ("queueActivity", "queued")]
    assert desk.queues.queues() == []
    assert desk.queues.by_id([spam.id])[spam.id].deleted_us is not None


def test_a_queue_that_is_gone_cannot_be_deleted_or_take_reports(desk: Desk) -> None:
    spam = desk.queue()
    for queue_id, migrate_to in ((99, None), (spam.id, 99), (spam.id, spam.id)):
        with pytest.raises(Rejected, match="QueueNotFound"):
            desk.queues.delete(queue_id, ANN, migrate_to)
    desk.queues.delete(spam.id, ANN)
    with pytest.raises(Rejected, match="QueueNotFound"):
        desk.queues.delete(spam.id, ANN)
    assert desk.queue("spam").id != spam.id


def test_a_report_is_moved_by_hand_and_waits_where_it_was_put(desk: Desk) -> None:
    spam, rude = desk.queue("spam"), desk.queue("rude", types=[RUDE])
    (report,) = desk.report(ALICE)
    for queue_id, state in ((spam.id, "queued"), (rude.id, "queued"), (UNMATCHED, "open")):
        reassign_queue(desk.db, desk.clock, report, queue_id, by=ANN, note="look here")
        assert (desk.row(report)["queue_id"], desk.states()[report]) == (queue_id, state)
    assert desk.history(report) == [("queueActivity", "open"), ("queueActivity", "queued"), ("queueActivity", "queued")]


def test_a_report_that_somebody_works_on_is_moved_and_stays_theirs(desk: Desk) -> None:
    spam = desk.queue()
    (report,) = desk.report(ALICE)
    desk.assignments.assign(Wish(report, ANN, ANN, permanent=True))
    reassign_queue(desk.db, desk.clock, report, spam.id, by=ANN)
    assert (desk.states()[report], desk.row(report)["assigned_to"]) == ("assigned", ANN)


def test_what_cannot_be_moved_says_why(desk: Desk) -> None:
    spam, off = desk.queue("spam"), desk.queue("off", types=[RUDE])
    desk.queues.update(QueueChange(off.id, ANN, enabled=False))
    queued, unrouted, closed = desk.report(ALICE, BOB, account(3))
    reassign_queue(desk.db, desk.clock, queued, spam.id, by=ANN)
    desk.act(account(3), "modEventAcknowledge")
    for report, queue_id, reason in (
        (99, spam.id, "ReportNotFound"),
        (closed, spam.id, "ReportClosed"),
        (queued, spam.id, "AlreadyInTargetQueue"),
        (unrouted, UNMATCHED, "AlreadyInTargetQueue"),
        (unrouted, 99, "QueueNotFound"),
        (unrouted, off.id, "QueueDisabled"),
    ):
        with pytest.raises(Rejected, match=reason):
            reassign_queue(desk.db, desk.clock, report, queue_id, by=ANN)


def test_no_report_enters_a_queue_that_is_deleted_while_reports_are_routed(desk: Desk) -> None:
    queue = desk.queue()
    desk.report(*(account(number) for number in range(1, 601)))
    start = threading.Barrier(3)

    def route() -> None:
        start.wait()
        while desk.router.due_us() is not None:
            try:
                desk.router.route(50)
            except Retryable:
                continue

    def delete() -> None:
        start.wait()
        while True:
            try:
                desk.queues.delete(queue.id, ANN)
            except Retryable:
                continue
            return

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(route), pool.submit(route), pool.submit(delete)]:
            done.result()
    with desk.db.read() as tx:
        rows = tx.execute(select(REPORT.c.queue_id, REPORT.c.state).distinct()).all()
    assert [(row.queue_id, row.state) for row in rows] == [(UNMATCHED, "open")]
