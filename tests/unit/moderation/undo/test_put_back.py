"""An undo can be undone: what it took back is there again, but for what people changed since."""

import pytest
from sqlalchemy import select

from audit_trail import audited
from proposals import account
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did
from skywarden.model.effect import EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.desk.sets import SetService
from skywarden.moderation.events import ModEventLabel, ModEventReport, ModEventTag
from skywarden.moderation.status import SubjectStatus
from skywarden.storage import Database
from skywarden.storage.tables import DELIVERY, LABEL_REQUEST, PUSH, VALUE_SET_ENTRY
from undoing import ANN, HOUR_US, SPAM, Desk, outcomes

BOB = account(1)
POST = Subject.record(BOB.did, "app.bsky.feed.post", "one", Cid("bafyone"))
DAY = EffectOptions(expires_us=24 * HOUR_US)
KINDS = [
    (EffectKind.LABEL, "spam", POST),
    (EffectKind.TAG, "odd", BOB),
    (EffectKind.TAKEDOWN, "", BOB),
    (EffectKind.MUTE, "", BOB),
    (EffectKind.REPORT, "spam", BOB),
    (EffectKind.ESCALATE, "", POST),
]


@pytest.mark.parametrize("kind, value, subject", KINDS)
def test_a_subject_is_as_it_was_before_the_undo(
    database: Database, kind: EffectKind, value: str, subject: Subject
) -> None:
    desk = Desk(database)
    desk.act(subject, kind, value, options=DAY)
    before, tickets = desk.status(subject), desk.tickets(subject)
    run = desk.take_back()
    assert desk.status(subject) == SubjectStatus()
    told = desk.undo.preview_again(run.id)
    again = desk.put_back(run)
    assert desk.status(subject) == before
    assert desk.tickets(subject) == tickets
    assert outcomes(told) == outcomes(desk.undo.run(again.id)) == {(kind.value, "done"): 1}
    desk.take_back()
    assert desk.status(subject) == SubjectStatus()
    audited(database)


def test_a_label_is_published_again_and_a_takedown_pushed_again(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    desk.act(BOB, EffectKind.TAKEDOWN, "")
    desk.put_back(desk.take_back())
    with database.read() as tx:
        asked = tx.execute(select(LABEL_REQUEST).order_by(LABEL_REQUEST.c.number)).all()
        pushes = tx.execute(select(PUSH.c.kind).where(PUSH.c.target == "pds").order_by(PUSH.c.id)).scalars().all()
    assert [row.neg for row in asked if row.val == "spam"] == [False, True, False]
    assert [row.neg for row in asked if row.val == "!takedown"] == [False, True, False]
    assert pushes == ["takedown", "reversal", "takedown"]


def test_what_a_person_changed_after_the_undo_stays(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    desk.act(BOB, EffectKind.TAG, "odd")
    run = desk.take_back()
    desk.person(BOB, ModEventLabel(("spam",), ()))
    desk.person(BOB, ModEventLabel((), ("spam",)))
    desk.person(BOB, ModEventTag(("odd",), ()))
    again = desk.put_back(run)
    assert not desk.status(BOB).labels
    assert desk.status(BOB).tags == {"odd"}
    assert outcomes(desk.undo.run(again.id)) == {
        ("label", "gone:person_ended"): 1,
        ("tag", "spared:person_keeps"): 1,
    }


def test_an_entry_returns_to_its_set_and_can_be_taken_out_again(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ADD_TO_SET, "bad")
    desk.put_back(desk.take_back())
    with database.read() as tx:
        assert tx.execute(select(VALUE_SET_ENTRY.c.value)).scalars().all() == [BOB.uri]
    desk.take_back()
    with database.read() as tx:
        assert not tx.execute(select(VALUE_SET_ENTRY)).all()


def test_reports_that_were_opened_again_are_closed_again(database: Database) -> None:
    desk = Desk(database)
    desk.person(BOB, ModEventReport(SPAM), by=Did("did:plc:reporter"))
    desk.act(BOB, EffectKind.TAKEDOWN, "")
    before = desk.status(BOB)
    run = desk.take_back()
    assert desk.tickets(BOB) == ["open"]
    desk.put_back(run)
    assert desk.tickets(BOB) == ["closed"]
    assert desk.status(BOB) == before


def test_what_was_called_off_is_proposed_again(database: Database) -> None:
    desk = Desk(database)
    desk.propose([desk.effect(BOB, options=EffectOptions(delay_us=(HOUR_US, HOUR_US)))])
    desk.act(account(2), EffectKind.NOTIFY, "hook")
    run = desk.take_back()
    again = desk.put_back(run)
    assert outcomes(desk.undo.run(again.id)) == {("label", "done"): 1, ("notify", "done"): 1}
    desk.decide()
    assert not desk.status(BOB).labels
    desk.clock.advance(3_600)
    desk.decide()
    assert desk.status(BOB).labels == {("spam", "")}
    with database.read() as tx:
        assert tx.execute(select(DELIVERY.c.state)).scalars().all() == ["waiting"]


def test_putting_back_twice_changes_nothing(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    run = desk.take_back()
    desk.put_back(run)
    assert desk.put_back(run).total == 0


def test_only_an_undo_that_took_back_and_has_ended_can_be_put_back(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB)
    run = desk.undo.take_back(desk.everything(), "cli")
    with pytest.raises(Rejected, match="is running"):
        desk.undo.put_back(run.id, "cli")
    desk.finish()
    again = desk.put_back(run)
    with pytest.raises(Rejected, match="put something back"):
        desk.undo.put_back(again.id, "cli")
    with pytest.raises(Rejected, match="no such undo"):
        desk.undo.put_back(99, "cli")


def test_an_entry_that_a_person_had_taken_out_before_the_undo_does_not_return(database: Database) -> None:
    desk = Desk(database)
    desk.act(BOB, EffectKind.ADD_TO_SET, "bad")
    SetService(database, desk.clock).delete_values("bad", [BOB.uri], ANN)
    desk.put_back(desk.take_back())
    with database.read() as tx:
        assert not tx.execute(select(VALUE_SET_ENTRY)).all()
