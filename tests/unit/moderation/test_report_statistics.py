"""Statistics say what happened to reports, however they are cut."""

import random
from dataclasses import asdict

import pytest
from sqlalchemy import select

from proposals import LABELER, account
from report_rows import ANN, BEN, RUDE, SPAM, Desk, accounts
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.queues.criteria import UNMATCHED
from skywarden.moderation.reports.acting import ReportAction
from skywarden.moderation.reports.activities import NewActivity
from skywarden.moderation.reports.assignments import Wish
from skywarden.moderation.reports.machine import Activity, permitted
from skywarden.moderation.reports.machine import TicketState as State
from skywarden.moderation.reports.statistics import DAY_US, FRESH_S, ReportStatistics, day_of
from skywarden.moderation.reports.tally import Counts, Scope, summed, tally
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, REPORT_STAT

ALICE, BOB = accounts(2)
HOUR_S = 3_600
EVER = (0, 10**6, 100)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def statistics(desk: Desk) -> ReportStatistics:
    return ReportStatistics(desk.db, desk.clock)


def test_live_statistics_count_the_last_day_and_all_that_is_pending(desk: Desk, statistics: ReportStatistics) -> None:
    desk.report(account(9))
    desk.clock.advance(30 * HOUR_S)
    closed, _pending, escalated = desk.report(ALICE, BOB, account(3))
    desk.clock.advance(100)
    desk.act(ALICE, "modEventAcknowledge")
    desk.activities.record(NewActivity(Activity.ESCALATED, ANN, escalated))
    live = statistics.live(Scope())
    assert live.counts == Counts(inbound=3, pending=3, actioned=1, escalated=1, handling_s=100, worked_s=100)
    assert live.counts.action_rate() == 33
    assert live.counts.handling_time_s(worked=False) == 100
    assert live.computed_us == desk.clock.now_us()
    assert statistics.live(Scope(moderator=ANN)).counts.actioned == 1
    assert statistics.live(Scope(moderator=BEN)).counts == Counts()
    assert desk.states()[closed] == "closed"


def test_nothing_came_in_so_no_rate_and_no_time(statistics: ReportStatistics) -> None:
    counts = statistics.live(Scope()).counts
    assert (counts.action_rate(), counts.handling_time_s(worked=True)) == (None, None)


def test_live_statistics_are_never_older_than_they_may_be(desk: Desk, statistics: ReportStatistics) -> None:
    assert statistics.live(Scope()).counts.pending == 0
    desk.report(ALICE)
    desk.clock.advance(FRESH_S)
    assert statistics.live(Scope()).counts.pending == 1


def test_a_moderators_time_counts_from_when_the_report_was_theirs(desk: Desk, statistics: ReportStatistics) -> None:
    (report,) = desk.report(ALICE)
    desk.clock.advance(1_000)
    desk.assignments.assign(Wish(report, ANN, ANN, permanent=True))
    desk.clock.advance(50)
    desk.act(ALICE, "modEventAcknowledge")
    counts = statistics.live(Scope(moderator=ANN)).counts
    assert (counts.handling_time_s(worked=True), counts.handling_time_s(worked=False)) == (50, 1_050)


def test_queues_and_types_are_counted_apart_and_unqueued_reports_too(desk: Desk, statistics: ReportStatistics) -> None:
    queue = desk.queue(types=[SPAM])
    desk.report(ALICE, BOB)
    desk.report(ALICE, reason_type=RUDE)
    desk.router.route(10)
    desk.report(account(3), reason_type=RUDE)
    by_queue, _ = statistics.live_by_queue()
    assert {number: counts.inbound for number, counts in by_queue.items()} == {queue.id: 2, UNMATCHED: 2}
    assert statistics.live(Scope(queue_id=UNMATCHED)).counts.pending == 2
    assert statistics.live(Scope(report_types=frozenset({RUDE}))).counts.inbound == 2
    assert statistics.live(Scope(queue.id, report_types=frozenset({RUDE}))).counts.inbound == 0


def test_each_day_is_kept_with_what_was_pending_at_its_end(desk: Desk, statistics: ReportStatistics) -> None:
    first_day = day_of(desk.clock.now_us())
    desk.report(ALICE, BOB)
    statistics.refresh(desk.clock.now_us())
    desk.clock.advance(3 * 24 * HOUR_S)
    desk.act(ALICE, "modEventAcknowledge")
    assert statistics.refresh(desk.clock.now_us()) == 4
    days = statistics.history(Scope(), *EVER)
    assert [item.day for item in days] == [first_day + 3, first_day + 2, first_day + 1, first_day]
    assert [item.counts.pending for item in days] == [1, 2, 2, 2]
    assert [item.counts.inbound for item in days] == [0, 0, 0, 2]
    assert [item.counts.actioned for item in days] == [1, 0, 0, 0]
    assert [item.day for item in statistics.history(Scope(), 0, first_day + 1, 1)] == [first_day + 1]
    assert [item.counts.pending for item in statistics.history(Scope(moderator=BEN), *EVER)] == [0] * 4


def test_a_day_that_ended_and_was_computed_is_not_computed_again(desk: Desk, statistics: ReportStatistics) -> None:
    statistics.refresh(desk.clock.now_us())
    desk.clock.advance(24 * HOUR_S)
    assert statistics.refresh(desk.clock.now_us()) == 2
    assert statistics.refresh(desk.clock.now_us()) == 1


def test_computing_again_mends_what_was_damaged(desk: Desk, statistics: ReportStatistics) -> None:
    queue = desk.queue()
    desk.report(ALICE, BOB)
    desk.router.route(1)
    now_us = desk.clock.now_us()
    today = day_of(now_us)
    statistics.refresh(now_us)
    right = statistics.history(Scope(), *EVER)
    with desk.db.write("test") as tx:
        tx.execute(REPORT_STAT.update().where(REPORT_STAT.c.reason_type != "").values(inbound=50))
    statistics.recompute(today, today, [queue.id])
    assert statistics.history(Scope(queue.id), *EVER)[0].counts.inbound == 1
    assert statistics.history(Scope(UNMATCHED), *EVER)[0].counts.inbound == 50
    statistics.recompute(today, today + 5)
    assert statistics.history(Scope(), *EVER) == right


@pytest.mark.parametrize("days", [-1, 366])
def test_a_range_is_neither_backward_nor_too_wide(statistics: ReportStatistics, days: int) -> None:
    with pytest.raises(Rejected, match="InvalidRange"):
        statistics.recompute(100, 100 + days)


def test_days_add_up_to_what_a_plain_count_finds(desk: Desk, statistics: ReportStatistics) -> None:
    dice = random.Random(5)
    desk.queue()
    _live_through_days(desk, dice, steps=120)
    now_us = desk.clock.now_us()
    with desk.db.read() as tx:
        rows = tx.execute(select(REPORT)).all()
    first, last = day_of(rows[0].created_us), day_of(now_us)
    statistics.recompute(first, last)
    for scope in (Scope(), Scope(1), Scope(moderator=ANN), Scope(report_types=frozenset({RUDE}))):
        for item in statistics.history(scope, *EVER):
            start_us, end_us = item.day * DAY_US, min((item.day + 1) * DAY_US, now_us + 1)
            held = [row for row in rows if _holds(scope, row, row.assigned_to)]
            assert item.counts.inbound == sum(start_us <= row.created_us < end_us for row in held)
            assert item.counts.pending == sum(
                row.created_us < end_us and (row.closed_us is None or row.closed_us >= end_us) for row in held
            )
            closed = [row for row in rows if row.closed_us and start_us <= row.closed_us < end_us]
            mine = [row for row in closed if _holds(scope, row, row.closed_by)]
            assert item.counts.actioned == len(mine)
    with desk.db.read() as tx:
        cells = tally(tx, UtcMicros(0), UtcMicros(now_us + 1))
    assert asdict(summed(cells.items(), Scope()))["inbound"] == len(rows)


def _live_through_days(desk: Desk, dice: random.Random, steps: int) -> None:
    reports: list[int] = []
    for step in range(steps):
        desk.clock.advance(dice.randrange(1, 2 * HOUR_S))
        if not reports or dice.random() < 0.4:
            reports += desk.report(account(step), reason_type=dice.choice([SPAM, RUDE]))
            continue
        report = dice.choice(reports)
        state = State(desk.states()[report])
        activity = dice.choice([Activity.CLOSED, Activity.ESCALATED, Activity.REOPENED, Activity.ASSIGNED])
        if permitted(state, activity):
            desk.activities.record(NewActivity(activity, dice.choice([ANN, BEN]), report))
        elif dice.random() < 0.3:
            desk.router.route(3)
    desk.act(account(0), "modEventLabel", ReportAction(all=True), by=LABELER)


def _holds(scope: Scope, row: "object", moderator: str | None) -> bool:
    cell = (row.queue_id or UNMATCHED, row.reason_type, moderator or "")  # type: ignore[attr-defined]  # a row of REPORT
    return scope.holds(cell)
