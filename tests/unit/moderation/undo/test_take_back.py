"""What a rule did is taken back, each thing in its own way, on every database."""

import msgspec
import pytest
from sqlalchemy import select, update

from audit_trail import audited
from proposals import LABELER, account
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, Offset, UtcMicros
from skywarden.model.effect import EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.deliveries import CANCELLED, SENT
from skywarden.moderation.events import ModEventLabel, ModEventReport, ModEventTag
from skywarden.moderation.review import ReviewState
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo import RunState, Selection
from skywarden.storage import Database
from skywarden.storage.tables import (
    ACCOUNT_STAT,
    DECISION,
    DELIVERY,
    EFFECT,
    LABEL_REQUEST,
    MODERATION_EVENT,
    PUSH,
    RECHECK,
    SUBJECT,
    VALUE_SET,
    VALUE_SET_ENTRY,
)
from undoing import ANN, HOUR_US, SPAM, Desk, outcomes

DAY = EffectOptions(expires_us=24 * HOUR_US)
POST = Subject.record(account(1).did, "app.bsky.feed.post", "one", Cid("bafyone"))

STANDING = [
    (EffectKind.LABEL, "spam", account(1)),
    (EffectKind.LABEL, "spam", POST),
    (EffectKind.TAG, "odd", account(1)),
    (EffectKind.TAKEDOWN, "", account(1)),
    (EffectKind.TAKEDOWN, "", POST),
    (EffectKind.MUTE, "", account(1)),
    (EffectKind.REPORT, "spam", account(1)),
    (EffectKind.ESCALATE, "", POST),
]


_OF_ITSELF = ("did", "subjects", "processed")
"""Columns of an account's counts that say that it has a subject without a pending review."""


@pytest.mark.parametrize("kind, value, subject", STANDING)
def test_a_subject_is_as_if_the_rule_had_never_acted(
    database: Database, kind: EffectKind, value: str, subject: Subject
) -> None:
    desk = Desk(database)
    desk.act(subject, kind, value, options=DAY)
    assert desk.status(subject) != SubjectStatus()
    run = desk.take_back()
    assert (run.state, run.total, run.settled) == (RunState.DONE, 1, 1)
    assert desk.status(subject) == SubjectStatus()
    assert outcomes(desk.undo.run(run.id)) == {(kind.value, "done"): 1}
    with database.read() as tx:
        stats = tx.execute(select(ACCOUNT_STAT).where(ACCOUNT_STAT.c.did == subject.did)).all()
    counted = [number for row in stats for name, number in row._mapping.items() if name not in _OF_ITSELF]
    assert not any(counted)


def test_a_label_is_negated_by_an_event_that_names_the_undo_and_the_decision(database: Database) -> None:
    desk = Desk(database)
    desk.act(POST)
    run = desk.take_back(reason="the list was wrong")
    with database.read() as tx:
        events = tx.execute(select(MODERATION_EVENT).order_by(MODERATION_EVENT.c.id)).all()
        asked = tx.execute(select(LABEL_REQUEST).order_by(LABEL_REQUEST.c.number)).all()
        decision = tx.execute(select(DECISION).where(DECISION.c.id == events[-1].id)).one()
    event = msgspec.json.decode(events[-1].event_json, type=ModEventLabel)
    assert (event.create_label_vals, event.negate_label_vals) == ((), ("spam",))
    said = f"Undo {run.id} takes back decision {events[0].id} of rule waves: label spam. the list was wrong"
    assert (event.comment, events[-1].created_by) == (said, LABELER)
    tool = msgspec.json.decode(events[-1].tool_json)
    meta = {"undo": run.id, "decision": events[0].id, "rule": "waves", "version": "v1", "by": "cli"}
    assert tool == {"name": "skywarden/undo", "meta": meta}
    assert [(row.uri, row.cid, row.val, row.neg) for row in asked] == [
        (POST.uri, POST.cid, "spam", False),
        (POST.uri, POST.cid, "spam", True),
    ]
    assert (decision.kind, decision.value, decision.rule) == ("unlabel", "spam", None)
    assert msgspec.json.decode(decision.caused_by_json) == ["waves"]


def test_every_change_of_an_undo_is_in_the_audit(database: Database) -> None:
    desk = Desk(database)
    desk.act(account(1), EffectKind.REPORT)
    run = desk.take_back()
    rows = [(actor, action, target) for actor, action, target, _ in audited(database)]
    assert rows[1:] == [
        ("cli", "undo_begin", f"undo:{run.id}"),
        (f"undo:{run.id}", "comment", account(1).uri),
        (LABELER, "closeActivity", "report:1"),
    ]


def test_a_reversed_takedown_reaches_every_service_that_heard_of_it(database: Database) -> None:
    desk = Desk(database)
    desk.act(POST, EffectKind.TAKEDOWN, "")
    desk.take_back()
    with database.read() as tx:
        pushes = tx.execute(select(PUSH).order_by(PUSH.c.id)).all()
    assert [(push.target, push.kind) for push in pushes] == [
        ("appview", "takedown"),
        ("pds", "takedown"),
        ("appview", "reversal"),
        ("pds", "reversal"),
    ]
    assert {msgspec.json.decode(push.body_json)["takedown"]["applied"] for push in pushes[2:]} == {False}


def test_a_label_that_a_rule_took_off_is_there_again_until_its_old_end(database: Database) -> None:
    desk = Desk(database)
    desk.act(account(1), rule="labeller", options=DAY)
    before = desk.status(account(1))
    desk.act(account(1), EffectKind.UNLABEL)
    assert not desk.status(account(1)).labels
    desk.take_back()
    assert desk.status(account(1)) == before
    desk.clock.advance(25 * 3_600)
    assert desk.service.take_back_expired() == 1
    assert desk.status(account(1)) == SubjectStatus()


@pytest.mark.parametrize("kind", [EffectKind.ADD_TO_SET, EffectKind.ADD_TO_LIST])
def test_a_subject_leaves_the_set_that_the_rule_put_it_in(database: Database, kind: EffectKind) -> None:
    desk = Desk(database)
    desk.act(account(1), kind, "bad")
    desk.act(account(2), kind, "bad", rule="other")
    run = desk.take_back()
    with database.read() as tx:
        left = tx.execute(select(VALUE_SET_ENTRY.c.value)).scalars().all()
        sizes = tx.execute(select(VALUE_SET.c.size)).scalars().all()
    assert (left, sizes) == ([account(2).uri], [1])
    assert outcomes(desk.undo.run(run.id)) == {(kind.value, "done"): 1}


def test_reports_that_a_rule_answered_are_open_again(database: Database) -> None:
    desk = Desk(database)
    desk.person(account(1), ModEventReport(SPAM), by=Did("did:plc:reporter"))
    before = desk.status(account(1))
    desk.act(account(1), EffectKind.ACKNOWLEDGE, "")
    assert desk.tickets(account(1)) == ["closed"]
    desk.take_back()
    assert desk.status(account(1)) == before
    assert desk.tickets(account(1)) == ["open"]


def test_a_rules_own_report_stays_closed_when_its_takedown_is_taken_back_too(database: Database) -> None:
    desk = Desk(database)
    desk.act(account(1), EffectKind.REPORT)
    desk.act(account(1), EffectKind.TAKEDOWN, "")
    desk.take_back()
    assert desk.tickets(account(1)) == ["closed"]
    assert desk.status(account(1)) == SubjectStatus()


def test_comments_and_sent_messages_stay_said(database: Database) -> None:
    desk = Desk(database)
    desk.act(account(1), EffectKind.COMMENT, "look here")
    desk.act(account(1), EffectKind.NOTIFY, "hook")
    with database.write("test") as tx:
        tx.execute(update(DELIVERY).values(state=SENT))
    desk.act(account(2), EffectKind.NOTIFY, "hook")
    run = desk.take_back()
    assert outcomes(desk.undo.run(run.id)) == {
        ("comment", "final"): 1,
        ("notify", "final"): 1,
        ("notify", "cancelled"): 1,
    }
    with database.read() as tx:
        assert tx.execute(select(DELIVERY.c.state).order_by(DELIVERY.c.number)).scalars().all() == [SENT, CANCELLED]


def test_what_waits_for_a_decision_is_never_decided(database: Database) -> None:
    desk = Desk(database)
    delayed = EffectOptions(delay_us=(HOUR_US, 2 * HOUR_US))
    desk.propose([desk.effect(account(1), options=delayed), desk.effect(account(2), rule="other")])
    desk.clock.advance(60)
    assert desk.undo.preview(desk.everything()).pending == 1
    run = desk.take_back()
    assert outcomes(desk.undo.run(run.id)) == {("label", "cancelled"): 1}
    desk.clock.advance(3 * 3_600)
    desk.decide()
    assert desk.status(account(1)) == SubjectStatus()
    assert desk.status(account(2)).labels == {("spam", "")}
    with database.read() as tx:
        answer = tx.execute(select(DECISION).where(DECISION.c.rule == "waves")).one()
        assert not tx.execute(select(EFFECT).where(EFFECT.c.decided.is_(False))).all()
    assert (answer.outcome, answer.why) == ("refused", f"undo {run.id} called it off before it was decided")


def test_second_looks_of_the_rule_are_forgotten_and_those_of_others_are_not(database: Database) -> None:
    desk = Desk(database)
    asked = [desk.effect(account(1), EffectKind.RECHECK, f"{HOUR_US} {rule}", rule=rule) for rule in ("waves", "other")]
    both = [desk.effect(account(2), EffectKind.RECHECK, f"{HOUR_US} {rule}", rule=rule) for rule in ("waves", "other")]
    desk.propose([asked[0], *both])
    assert desk.undo.preview(desk.everything()).looks == 2
    run = desk.take_back()
    assert desk.undo.run(run.id).run.looks == 2
    with database.read() as tx:
        assert tx.execute(select(RECHECK.c.rules_json)).scalars().all() == ['["other"]']


def test_only_what_was_decided_in_the_period_is_taken_back(database: Database) -> None:
    desk = Desk(database)
    for number in range(5):
        desk.act(account(number))
    since_us, until_us = (UtcMicros(desk.clock.now_us() - ago * 60_000_000) for ago in (4, 2))
    desk.take_back(Selection("waves", since_us, until_us))
    assert [bool(desk.status(account(number)).labels) for number in range(5)] == [True, False, False, True, True]


def test_only_what_one_version_did_is_taken_back(database: Database) -> None:
    desk = Desk(database)
    desk.act(account(1))
    desk.take_back(desk.everything(version="v2"))
    assert desk.status(account(1)).labels
    desk.take_back(desk.everything(version="v1"))
    assert not desk.status(account(1)).labels


def test_one_decision_is_taken_back_with_what_the_rule_found_done_by_it(database: Database) -> None:
    desk = Desk(database)
    for _ in range(3):
        desk.act(account(1))
    desk.act(account(1), EffectKind.TAG, "odd")
    run = desk.take_back(desk.undo.of_decision(1))
    assert desk.status(account(1)) == SubjectStatus(tags=frozenset({"odd"}))
    assert (run.total, run.settled) == (3, 3)


def test_a_persons_event_cannot_be_undone(database: Database) -> None:
    desk = Desk(database)
    stored = desk.person(account(1), ModEventTag(("odd",), ()), by=ANN)
    for number in (stored.id, 99):
        with pytest.raises(Rejected, match="not a rule's decision"):
            desk.undo.of_decision(number)


def test_what_is_taken_back_already_is_not_taken_back_again(database: Database) -> None:
    desk = Desk(database)
    desk.act(account(1))
    desk.take_back()
    assert desk.take_back().total == 0


def test_an_unused_rule_has_nothing_to_take_back(database: Database) -> None:
    desk = Desk(database)
    desk.service.outbox.store([], [], Offset(1))
    assert desk.undo.preview(desk.everything()).total == 0
    assert desk.take_back().state is RunState.DONE


def test_a_dry_run_says_what_the_run_then_does_and_changes_nothing(database: Database) -> None:
    desk = Desk(database)
    for number, (kind, value, subject) in enumerate(STANDING):
        desk.act(subject, kind, value, options=DAY)
        desk.act(account(10 + number), rule="other")
    with database.read() as tx:
        before = tx.execute(select(SUBJECT).order_by(SUBJECT.c.id)).all()
    told = desk.undo.preview(desk.everything())
    with database.read() as tx:
        assert tx.execute(select(SUBJECT).order_by(SUBJECT.c.id)).all() == before
    run = desk.take_back()
    assert outcomes(told) == outcomes(desk.undo.run(run.id))
    assert (told.examples[0].decision, told.examples[0].uri) == (1, account(1).uri)
    assert desk.status(POST).review is ReviewState.NONE
