"""Pages of reports hold each report once, in order, on every database; odd words find nothing and break nothing."""

import random

import pytest

from proposals import account
from report_rows import ANN, BEN, POST, RUDE, SPAM, Desk
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.reports.assignments import Wish
from skywarden.moderation.reports.query import (
    ReportFilter,
    ReportRow,
    SortField,
    around,
    latest_report,
    place_of,
    query_reports,
    reports_by_id,
)
from skywarden.storage import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def found(desk: Desk, asked: ReportFilter) -> list[ReportRow]:
    with desk.db.read() as tx:
        return list(query_reports(tx, asked, desk.clock.now_us()))


@pytest.mark.parametrize("sort", ["created", "updated"])
@pytest.mark.parametrize("ascending", [True, False])
def test_pages_hold_every_report_once_and_in_order(desk: Desk, sort: SortField, ascending: bool) -> None:
    dice = random.Random(3)
    for number in range(23):
        desk.report(account(number % 5), reason_type=dice.choice([SPAM, RUDE]))
        desk.clock.advance(dice.choice([0, 0, 1]))
    pages: list[ReportRow] = []
    asked = ReportFilter("open", sort=sort, ascending=ascending, limit=4)
    while page := found(desk, asked):
        pages += page
        asked = ReportFilter("open", sort=sort, ascending=ascending, limit=4, beyond=place_of(page[-1], sort))
    whole = found(desk, ReportFilter("open", sort=sort, ascending=ascending, limit=100))
    assert [row.id for row in pages] == [row.id for row in whole]
    keys = [(row.created_us if sort == "created" else row.updated_us, row.id) for row in whole]
    assert keys == sorted(keys, reverse=not ascending)
    assert len(keys) == 23


def test_a_page_knows_who_has_each_report_and_how_many_wait_beside_it(desk: Desk) -> None:
    queue = desk.queue()
    first, second, third = desk.report(account(1), account(1), account(2))
    desk.router.route(10)
    desk.assignments.assign(Wish(first, ANN, ANN))
    desk.assignments.assign(Wish(second, BEN, ANN, permanent=True))
    with desk.db.read() as tx:
        rows = reports_by_id(tx, [first, second, third, 99], desk.clock.now_us())
        page = around(tx, rows)
        newest = latest_report(tx, desk.clock.now_us())
    assert [row.pending for row in rows] == [2, 2, 1]
    assert [page.assignments[row.assignment_id].did for row in rows[:2]] == [ANN, BEN]
    assert rows[2].assignment_id is None
    assert list(page.queues) == [queue.id]
    assert [row.id for row in newest] == [third]
    desk.clock.advance(10_000)
    with desk.db.read() as tx:
        later = reports_by_id(tx, [first, second], desk.clock.now_us())
    assert [row.assignment_id is None for row in later] == [True, False]


def test_records_and_accounts_are_told_apart(desk: Desk) -> None:
    record = Subject.record(Did("did:plc:account1"), POST, "3k")
    about_account, about_record = desk.report(account(1), record)
    for asked, expected in (
        (ReportFilter("open", subject=account(1).uri), [about_account]),
        (ReportFilter("open", subject=record.uri), [about_record]),
        (ReportFilter("open", did=record.did, ascending=True), [about_account, about_record]),
        (ReportFilter("open", collections=[POST]), [about_record]),
        (ReportFilter("open", subject_type="account"), [about_account]),
        (ReportFilter("open", queue_id=-1, subject_type="record"), [about_record]),
    ):
        assert [row.id for row in found(desk, asked)] == expected


@pytest.mark.parametrize("word", ["\u00f6ffen", "a\0b", "\u2603", "'; DROP TABLE report; --", "%", ""])
def test_odd_words_find_nothing(desk: Desk, word: str) -> None:
    desk.report(account(1))
    for asked in (
        ReportFilter(word),
        ReportFilter("open", report_types=[word]),
        ReportFilter("open", subject=word),
        ReportFilter("open", subject_type=word),
    ):
        assert found(desk, asked) == []
