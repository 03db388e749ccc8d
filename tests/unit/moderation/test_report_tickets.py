"""Moderation events answer the reports that they mean, and no others."""

import pytest

from proposals import account
from report_rows import ANN, BEN, RUDE, SPAM, Desk, accounts
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.reports.acting import Act, ReportAction, act_on_reports
from skywarden.moderation.reports.tickets import NewTicket, open_tickets
from skywarden.storage import Database
from skywarden.storage.tables import REPORT

ALICE, BOB = accounts(2)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.mark.parametrize("kind", ["modEventAcknowledge", "modEventTakedown"])
def test_an_answer_that_names_no_report_closes_all_on_its_subject(desk: Desk, kind: str) -> None:
    first, second, other = desk.report(ALICE, ALICE, BOB)
    event = desk.act(ALICE, kind)
    assert desk.states() == {first: "closed", second: "closed", other: "open"}
    row = desk.row(first)
    assert row["closed_by"] == ANN
    assert row["closed_us"] == desk.clock.now_us()
    assert row["action_event_ids_json"] == f"[{event}]"
    assert desk.history(first) == [("closeActivity", "open")]


@pytest.mark.parametrize("kind", ["modEventLabel", "modEventComment", "modEventEscalate", "modEventTag"])
def test_other_events_touch_no_report_unless_they_name_it(desk: Desk, kind: str) -> None:
    (report,) = desk.report(ALICE)
    desk.act(ALICE, kind)
    assert desk.states() == {report: "open"}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("modEventAcknowledge", "closed"),
        ("modEventTakedown", "closed"),
        ("modEventLabel", "closed"),
        ("modEventComment", "closed"),
        ("modEventEscalate", "escalated"),
        ("modEventTag", "open"),
    ],
)
def test_an_event_that_names_a_report_answers_that_one_and_tells_its_reporter(
    desk: Desk, kind: str, state: str
) -> None:
    named, other = desk.report(ALICE, ALICE)
    desk.act(ALICE, kind, ReportAction(ids=(named,), note="thank you"))
    assert desk.states() == {named: state, other: "open"}
    assert desk.row(named)["action_note"] == (None if state == "open" else "thank you")


def test_reports_are_named_by_their_type(desk: Desk) -> None:
    (spam,) = desk.report(ALICE)
    (rude,) = desk.report(ALICE, reason_type=RUDE)
    desk.act(ALICE, "modEventLabel", ReportAction(types=(RUDE,)))
    assert desk.states() == {spam: "open", rude: "closed"}


def test_all_outweighs_what_else_is_named(desk: Desk) -> None:
    spam, other = desk.report(ALICE, ALICE)
    desk.act(ALICE, "modEventLabel", ReportAction(ids=(spam,), all=True))
    assert desk.states() == {spam: "closed", other: "closed"}


def test_an_empty_report_action_answers_no_report(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    desk.act(ALICE, "modEventTakedown", ReportAction())
    assert desk.states() == {report: "open"}


def test_a_report_on_another_subject_cannot_be_named(desk: Desk) -> None:
    mine, other = desk.report(ALICE, BOB)
    with pytest.raises(Rejected, match="ReportNotFound"):
        desk.act(ALICE, "modEventLabel", ReportAction(ids=(mine, other)))
    assert desk.states() == {mine: "open", other: "open"}


def test_a_type_that_no_pending_report_has_cannot_be_named(desk: Desk) -> None:
    desk.report(ALICE)
    with pytest.raises(Rejected, match="ReportNotFound"):
        desk.act(ALICE, "modEventLabel", ReportAction(types=(RUDE,)))


def test_a_report_that_may_not_be_escalated_is_left_as_it_is(desk: Desk) -> None:
    queue = desk.queue()
    (report,) = desk.report(ALICE)
    desk.router.route(10)
    desk.act(ALICE, "modEventEscalate", ReportAction(all=True))
    assert desk.states() == {report: "queued"}
    assert desk.row(report)["queue_id"] == queue.id


def test_within_one_transaction_an_event_answers_only_what_was_reported_before_it(desk: Desk) -> None:
    (report,) = desk.report(ALICE)
    row = desk.row(report)
    now_us = desk.clock.now_us()
    with desk.db.write("test") as tx:
        later = NewTicket(12, int(str(row["subject_id"])), ALICE.did, SPAM, BEN)
        ids = open_tickets(desk.db, tx, [later], now_us)
        act = Act(11, "tools.ozone.moderation.defs#modEventAcknowledge", later.subject_id, ANN)
        changes = act_on_reports(desk.db, tx, [act], now_us)
    assert desk.states() == {report: "closed", ids[0]: "open"}
    assert [change.action for change in changes] == ["closeActivity"]


def test_a_ticket_knows_the_kind_of_its_subject(desk: Desk) -> None:
    record = Subject.record(Did("did:plc:account1"), "app.bsky.feed.post", "3k")
    (about_record,) = desk.report(record)
    (about_account,) = desk.report(account(2))
    (about_message,) = desk.report(account(3), convo_id="c1", message_id="m1")
    kinds = [
        (desk.row(number)["subject_type"], desk.row(number)["collection"])
        for number in (about_record, about_account, about_message)
    ]
    assert kinds == [("record", "app.bsky.feed.post"), ("account", ""), ("message", "")]


@pytest.mark.parametrize(
    ("tool_json", "queue_id", "automated"),
    [
        ('{"name": "x", "meta": {"queueId": 7, "isAutomated": true}}', 7, True),
        ('{"name": "x", "meta": {"queueId": "7", "isAutomated": "yes"}}', None, False),
        ('{"name": "x", "meta": {"queueId": -1}}', None, False),
        ('{"name": "x", "meta": {"queueId": true}}', None, False),
        ('{"name": "x", "meta": {"queueId": 1e300}}', None, False),
        ('{"name": "x", "meta": [7]}', None, False),
        ('{"name": "x"}', None, False),
        ("not json", None, False),
        (None, None, False),
    ],
)
def test_what_a_tool_wishes_is_read_with_distrust(
    desk: Desk, tool_json: str | None, queue_id: int | None, automated: bool
) -> None:
    (report,) = desk.report(ALICE, tool_json=tool_json)
    row = desk.row(report)
    assert (row["wanted_queue_id"], row["is_automated"]) == (queue_id, automated)
    assert REPORT.c.wanted_queue_id.nullable
