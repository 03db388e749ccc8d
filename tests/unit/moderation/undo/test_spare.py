"""What a person confirmed or changed since, and what another rule asks for too, is left as it is."""

from sqlalchemy import select, update

from proposals import account
from report_rows import Desk as Reports
from skywarden.kernel.ids import Cid, Did
from skywarden.model.effect import EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.desk.sets import SetService
from skywarden.moderation.events import (
    ModEventAcknowledge,
    ModEventComment,
    ModEventEscalate,
    ModEventLabel,
    ModEventMute,
    ModEventReport,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
)
from skywarden.moderation.reports.activities import NewActivity
from skywarden.moderation.reports.machine import Activity
from skywarden.moderation.review import ReviewState
from skywarden.moderation.undo import Why
from skywarden.storage import Database
from skywarden.storage.tables import LABEL_REQUEST, SUBJECT_LABEL, VALUE_SET_ENTRY
from undoing import ANN, HOUR_US, SPAM, Desk, outcomes

BOB = account(1)
POST = Subject.record(BOB.did, "app.bsky.feed.post", "one", Cid("bafyone"))
DAY, WEEK = EffectOptions(expires_us=24 * HOUR_US), EffectOptions(expires_us=7 * 24 * HOUR_US)
REPORTER = Did("did:plc:reporter")


def test_a_label_that_a_person_set_as_well_stays(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    person = desk.person(BOB, ModEventLabel(("spam",), ()))
    before = desk.status(BOB)
    run = desk.take_back()
    assert desk.status(BOB) == before
    assert outcomes(desk.undo.run(run.id)) == {("label", "spared:person_keeps"): 1}
    assert desk.undo.items(run.id)[0].kept_by == person.id


def test_a_persons_other_label_is_not_touched(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    desk.person(BOB, ModEventLabel(("rude",), ()))
    desk.take_back()
    assert desk.status(BOB).labels == {("rude", "")}


def test_a_label_that_a_person_took_off_is_not_negated_again(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    desk.person(BOB, ModEventLabel((), ("spam",)))
    run = desk.take_back()
    assert outcomes(desk.undo.run(run.id)) == {("label", "gone:person_ended"): 1}
    with database.read() as tx:
        assert len(tx.execute(select(LABEL_REQUEST)).all()) == 2


def test_a_label_that_a_person_took_off_does_not_return_when_the_rule_had_taken_it_off_first(
    database: Database,
) -> None:
    desk = Desk(database)
    desk.act(BOB, rule="labeller")
    desk.act(BOB, EffectKind.UNLABEL)
    desk.person(BOB, ModEventLabel((), ("spam",)))
    desk.take_back()
    assert not desk.status(BOB).labels


def test_a_label_stays_for_another_rule_that_found_it_there(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    desk.act(BOB, rule="other")
    run = desk.take_back()
    assert desk.status(BOB).labels == {("spam", "")}
    assert outcomes(desk.undo.run(run.id)) == {("label", "spared:rule_keeps"): 1}
    desk.take_back(desk.everything("other"))
    assert not desk.status(BOB).labels


def test_a_label_stays_no_longer_than_the_other_rule_asked_for(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, options=WEEK)
    began_us = desk.clock.now_us()
    desk.act(BOB, rule="other", options=DAY)
    run = desk.take_back()
    held = desk.status(BOB)
    assert list(held.until.values()) == [began_us + 24 * HOUR_US]
    assert outcomes(desk.undo.run(run.id)) == {("label", "done"): 1}


def test_tags_mutes_and_takedowns_that_a_person_confirmed_stay(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.TAG, "odd")
    desk.act(BOB, EffectKind.MUTE, "", options=DAY)
    desk.act(BOB, EffectKind.TAKEDOWN, "", options=DAY)
    desk.person(BOB, ModEventTag(("odd",), ()))
    desk.person(BOB, ModEventMute(48))
    desk.person(BOB, ModEventReverseTakedown())
    desk.person(BOB, ModEventTakedown())
    before = desk.status(BOB)
    run = desk.take_back()
    after = desk.status(BOB)
    assert (after.tags, after.muted, after.takendown, after.until) == (
        before.tags,
        before.muted,
        before.takendown,
        before.until,
    )
    assert after.counts.suspend == 0
    assert {why for _, why in outcomes(desk.undo.run(run.id))} == {"spared:person_keeps"}


def test_a_takedown_that_a_person_reversed_stays_reversed(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.TAKEDOWN, "")
    desk.person(BOB, ModEventReverseTakedown())
    before = desk.status(BOB)
    run = desk.take_back()
    after = desk.status(BOB)
    assert (after.review, after.last_reviewed_by, after.labels) == (ReviewState.CLOSED, ANN, before.labels)
    assert outcomes(desk.undo.run(run.id)) == {("takedown", "gone:person_ended"): 1}


def test_a_mute_that_a_person_lifted_stays_lifted(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.MUTE, "", options=DAY)
    desk.person(BOB, ModEventUnmute())
    desk.take_back()
    assert not desk.status(BOB).muted


def test_a_term_that_has_ended_needs_nothing(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, options=DAY)
    desk.clock.advance(25 * 3_600)
    run = desk.take_back()
    assert outcomes(desk.undo.run(run.id)) == {("label", "gone:term_ended"): 1}
    with database.read() as tx:
        assert len(tx.execute(select(LABEL_REQUEST)).all()) == 1


def test_a_subject_stays_open_for_a_persons_report(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.REPORT)
    desk.person(BOB, ModEventReport(SPAM), by=REPORTER)
    desk.take_back()
    assert desk.status(BOB).review is ReviewState.OPEN
    assert desk.status(BOB).counts.report == 1
    assert desk.tickets(BOB) == ["closed", "open"]


def test_an_escalation_gives_way_to_the_state_that_a_persons_report_alone_leads_to(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ESCALATE, "")
    desk.person(BOB, ModEventReport(SPAM), by=REPORTER)
    assert desk.status(BOB).review is ReviewState.ESCALATED
    desk.take_back()
    assert desk.status(BOB).review is ReviewState.OPEN


def test_an_escalation_that_a_person_repeated_stays(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ESCALATE, "")
    desk.person(BOB, ModEventEscalate())
    run = desk.take_back()
    assert desk.status(BOB).review is ReviewState.ESCALATED
    assert outcomes(desk.undo.run(run.id)) == {("escalate", "spared:person_keeps"): 1}


def test_a_review_that_a_person_closed_stays_closed_and_so_do_its_reports(database: Database) -> None:
    desk = Desk(database)
    desk.person(BOB, ModEventReport(SPAM), by=REPORTER)
    desk.act(BOB, EffectKind.ACKNOWLEDGE, "")
    desk.person(BOB, ModEventAcknowledge())
    desk.take_back()
    assert desk.status(BOB).review is ReviewState.CLOSED
    assert desk.tickets(BOB) == ["closed"]


def test_a_comment_in_between_keeps_nothing(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ESCALATE, "")
    desk.person(BOB, ModEventComment("looks fine to me"))
    desk.take_back()
    assert desk.status(BOB).review is ReviewState.NONE


def test_a_report_that_somebody_works_on_stays_with_its_review(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.REPORT)
    before = desk.status(BOB)
    reports = Reports(database)
    reports.activities.record(NewActivity(Activity.ASSIGNED, ANN, report_id=1))
    run = desk.take_back()
    assert desk.status(BOB) == before
    assert desk.tickets(BOB) == ["assigned"]
    assert outcomes(desk.undo.run(run.id)) == {("report", "spared:in_work"): 1}
    assert desk.take_back().total == 1, "it was not removed, so it can be asked for again"


def test_an_entry_that_a_person_added_as_well_stays(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ADD_TO_SET, "bad")
    desk.act(account(2), EffectKind.ADD_TO_SET, "bad")
    SetService(database, desk.clock).add_values("bad", [BOB.uri], ANN)
    SetService(database, desk.clock).delete_values("bad", [account(2).uri], ANN)
    run = desk.take_back()
    with database.read() as tx:
        assert tx.execute(select(VALUE_SET_ENTRY.c.value)).scalars().all() == [BOB.uri]
    assert outcomes(desk.undo.run(run.id)) == {
        ("add_to_set", "spared:person_keeps"): 1,
        ("add_to_set", "gone:person_ended"): 1,
    }


def test_an_entry_that_another_rule_wants_becomes_that_rules(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ADD_TO_SET, "bad")
    desk.act(BOB, EffectKind.ADD_TO_SET, "bad", rule="other")
    run = desk.take_back()
    assert outcomes(desk.undo.run(run.id)) == {("add_to_set", "spared:rule_keeps"): 1}
    desk.take_back(desk.everything("other"))
    with database.read() as tx:
        assert not tx.execute(select(VALUE_SET_ENTRY)).all()


def test_what_history_does_not_explain_is_left_alone(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, options=DAY)
    with database.write("test") as tx:
        tx.execute(update(SUBJECT_LABEL).values(by_person=True))  # as an import may have left it
    run = desk.take_back()
    assert desk.status(BOB).labels == {("spam", "")}
    assert outcomes(desk.undo.run(run.id)) == {("label", f"spared:{Why.UNEXPLAINED}"): 1}


def test_one_version_of_a_record_is_not_another(database: Database) -> None:
    desk = Desk(database)
    desk.act(POST)
    desk.person(POST.version(Cid("bafytwo")), ModEventLabel(("spam",), ()))
    desk.take_back()
    assert desk.status(POST).labels == {("spam", "bafytwo")}
