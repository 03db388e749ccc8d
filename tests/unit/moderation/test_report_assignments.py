"""One person works on a report at a time, for a while or until it is answered."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from report_rows import ANN, BEN, CAT, QUEUE_S, REPORT_S, Desk, accounts
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.moderation.queues.assignments import AssignmentFilter
from skywarden.moderation.queues.service import QueueChange
from skywarden.moderation.reports.activities import NewActivity
from skywarden.moderation.reports.assignments import Wish
from skywarden.moderation.reports.machine import Activity
from skywarden.storage import Database

ALICE, BOB = accounts(2)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_who_reads_a_report_has_it_for_a_while_and_its_state_stays(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    given = desk.assignments.assign(Wish(report, ANN, ANN))
    assert given.end_us == desk.clock.now_us() + REPORT_S * 1_000_000
    assert desk.states() == {report: "open"}
    with pytest.raises(Rejected, match="AlreadyAssigned"):
        desk.assignments.assign(Wish(report, BEN, BEN))
    desk.clock.advance(REPORT_S)
    assert desk.assignments.assign(Wish(report, BEN, BEN)).did == BEN


def test_who_goes_on_reading_keeps_the_same_assignment(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    first = desk.assignments.assign(Wish(report, ANN, ANN))
    desk.clock.advance(REPORT_S / 2)
    again = desk.assignments.assign(Wish(report, ANN, ANN))
    assert (again.id, again.start_us) == (first.id, first.start_us)
    assert again.end_us == desk.clock.now_us() + REPORT_S * 1_000_000


def test_a_permanent_assignment_takes_the_report_from_whoever_only_reads_it(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    desk.assignments.assign(Wish(report, ANN, ANN))
    given = desk.assignments.assign(Wish(report, BEN, CAT, permanent=True))
    assert given.end_us is None
    assert desk.row(report)["assigned_to"] == BEN
    assert desk.states() == {report: "assigned"}
    assert desk.history(report) == [("assignmentActivity", "open")]
    for permanent in (False, True):
        with pytest.raises(Rejected, match="AlreadyAssigned"):
            desk.assignments.assign(Wish(report, ANN, ANN, permanent=permanent))


def test_reading_ones_own_report_does_not_make_it_less_permanent(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    desk.assignments.assign(Wish(report, ANN, ANN, permanent=True))
    assert desk.assignments.assign(Wish(report, ANN, ANN)).end_us is None
    assert len(desk.history(report)) == 1


def test_a_report_that_is_taken_back_waits_where_it_waited_before(desk: Desk) -> None:
    queue = desk.queue()
    queued, open_ = desk.report(ALICE, BOB)
    desk.router.route_range(queued, queued, ANN)
    for report in (queued, open_):
        desk.assignments.assign(Wish(report, ANN, ANN, permanent=True))
        ended = desk.assignments.unassign(report, BEN)
        assert (ended.did, ended.end_us) == (ANN, desk.clock.now_us())
        assert desk.row(report)["assigned_to"] is None
        with pytest.raises(Rejected, match="InvalidAssignment"):
            desk.assignments.unassign(report, BEN)
    assert desk.states() == {queued: "queued", open_: "open"}
    assert desk.row(queued)["queue_id"] == queue.id


def test_a_report_can_be_given_with_a_queue_that_is_in_use(desk: Desk) -> None:
    queue = desk.queue()
    (report,) = desk.report(ALICE)
    given = desk.assignments.assign(Wish(report, ANN, ANN, queue.id))
    assert given.queue_id == queue.id
    assert (desk.row(report)["queue_id"], desk.states()[report]) == (queue.id, "queued")
    desk.queues.update(QueueChange(queue.id, ANN, enabled=False))
    for queue_id in (queue.id, 99):
        with pytest.raises(Rejected, match="InvalidAssignment"):
            desk.assignments.assign(Wish(report, ANN, ANN, queue_id))


def test_a_report_that_does_not_exist_or_is_closed_is_nobodys(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    desk.act(ALICE, "modEventAcknowledge")
    for wish in (Wish(report, ANN, ANN, permanent=True), Wish(99, ANN, ANN)):
        with pytest.raises(Rejected, match="InvalidAssignment"):
            desk.assignments.assign(wish)


def test_an_answered_report_stays_whose_it_was_until_it_is_reopened(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    desk.assignments.assign(Wish(report, ANN, ANN, permanent=True))
    desk.act(ALICE, "modEventAcknowledge")
    assert desk.row(report)["assigned_to"] == ANN
    desk.activities.record(NewActivity(Activity.REOPENED, BEN, report))
    assert desk.row(report)["assigned_to"] is None
    assert desk.assignments.assign(Wish(report, BEN, BEN, permanent=True)).did == BEN


@pytest.mark.parametrize("permanent", [True, False])
def test_of_moderators_who_take_a_report_at_once_exactly_one_gets_it(desk: Desk, permanent: bool) -> None:
    (report,) = desk.report(ALICE)
    people = [Did(f"did:plc:moderator{number}") for number in range(8)]
    start = threading.Barrier(len(people))

    def take(did: Did) -> str:
        start.wait()
        while True:
            try:
                return desk.assignments.assign(Wish(report, did, did, permanent=permanent)).did
            except Rejected as refused:
                return refused.reason
            except Retryable:
                continue

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(take, people))
    assert outcomes.count("AlreadyAssigned") == len(people) - 1
    assert len(set(outcomes) & set(people)) == 1


def test_a_queue_is_somebodys_for_a_while_and_can_be_renewed(desk: Desk) -> None:
    queue = desk.queue()
    first = desk.queue_assignments.assign(queue.id, ANN, ANN)
    desk.clock.advance(60)
    again = desk.queue_assignments.assign(queue.id, ANN, ANN)
    assert (again.id, again.end_us) == (first.id, desk.clock.now_us() + QUEUE_S * 1_000_000)
    assert desk.queue_assignments.assign(queue.id, BEN, ANN).did == BEN
    assert [item.did for item in desk.queue_assignments.page(AssignmentFilter())] == [BEN, ANN]
    desk.queue_assignments.unassign(queue.id, ANN, ANN)
    with pytest.raises(Rejected, match="InvalidAssignment"):
        desk.queue_assignments.unassign(queue.id, ANN, ANN)
    assert [item.did for item in desk.queue_assignments.page(AssignmentFilter(of=[queue.id]))] == [BEN]
    assert len(desk.queue_assignments.page(AssignmentFilter(only_active=False, dids=[ANN]))) == 1


def test_a_queue_out_of_use_is_nobodys(desk: Desk) -> None:
    queue = desk.queue()
    desk.queues.update(QueueChange(queue.id, ANN, enabled=False))
    for queue_id in (queue.id, 99):
        with pytest.raises(Rejected, match="InvalidAssignment"):
            desk.queue_assignments.assign(queue_id, ANN, ANN)
