"""What takedowns and reversals make other services be told, in the transaction of the decision."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from databases import Crash, Seams
from proposals import LABELER, account, make_effect
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, Offset
from skywarden.model.effect import EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.events import (
    ModEvent,
    ModEventDivert,
    ModEventEmail,
    ModEventReverseTakedown,
    ModEventTakedown,
    RevokeAccountCredentialsEvent,
)
from skywarden.moderation.jobs.schedule import pause_us
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.pushes import APPVIEW, DIVERT, FAILED, PDS, SENT, WAITING, queue_pushes, takedown_pushes
from skywarden.moderation.pushes.queue import FIRST_PAUSE_US, MOST_PAUSE_US, Attempt, PushQueue
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import MODERATION_EVENT, PUSH

BOTH = frozenset({PDS, APPVIEW})
RECORD = Subject.record(Did("did:plc:account1"), "app.bsky.feed.post", "3k", Cid("bafyrecord"))
PICTURE = Cid("bafypicture")
MODERATOR = Did("did:plc:moderator")


def service(database: Database, clock: ManualClock, targets: frozenset[str] = BOTH) -> ModerationService:
    return ModerationService(database, LABELER, clock=clock, metrics=Metrics(), push_targets=targets)


def act(moderation: ModerationService, offset: int, subject: Subject, kind: EffectKind, *, hours: int = 0) -> None:
    options = EffectOptions(expires_us=hours * 3_600_000_000 or None)
    moderation.outbox.store([], [make_effect(offset, subject, kind=kind, options=options)], Offset(offset + 1))
    moderation.decide_pending()


def told(database: Database, target: str) -> list[Any]:
    with database.read() as tx:
        query = select(PUSH.c.body_json).where(PUSH.c.target == target).order_by(PUSH.c.id)
        return [msgspec.json.decode(body) for body in tx.execute(query).scalars()]


def test_a_takedown_is_queued_for_every_configured_service(database: Database) -> None:
    act(service(database, ManualClock()), 1, account(1), EffectKind.TAKEDOWN)
    expected = {
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": "did:plc:account1"},
        "takedown": {"applied": True, "ref": "BSKY-TAKEDOWN-1"},
    }
    assert (told(database, PDS), told(database, APPVIEW)) == ([expected], [expected])


def test_where_no_service_is_configured_nothing_is_queued(database: Database) -> None:
    act(service(database, ManualClock(), frozenset()), 1, account(1), EffectKind.TAKEDOWN)
    assert told(database, PDS) == []


def test_a_takedown_that_ends_by_itself_is_told_as_a_suspension_and_taken_back(database: Database) -> None:
    clock = ManualClock()
    moderation = service(database, clock, frozenset({PDS}))
    act(moderation, 1, account(1), EffectKind.TAKEDOWN, hours=1)
    clock.advance(3_601)
    moderation.take_back_expired()
    states = [body["takedown"] for body in told(database, PDS)]
    assert states == [{"applied": True, "ref": "BSKY-SUSPEND-1"}, {"applied": False}]


def test_a_takedown_that_was_refused_tells_nobody(database: Database) -> None:
    moderation = service(database, ManualClock(), frozenset({PDS}))
    act(moderation, 1, account(1), EffectKind.TAKEDOWN)
    act(moderation, 2, account(1), EffectKind.TAKEDOWN)
    assert len(told(database, PDS)) == 1


def test_a_decision_and_its_pushes_are_durable_together(database: Database, seams: Seams) -> None:
    seams.crash_at = "moderation.decide:before-commit"
    with pytest.raises(Crash):
        act(service(database, ManualClock()), 1, account(1), EffectKind.TAKEDOWN)
    assert told(database, PDS) == []
    service(database, ManualClock()).decide_pending()
    assert len(told(database, PDS)) == 1


def test_a_record_whose_version_is_unknown_is_shown_as_failed(database: Database) -> None:
    unknown = Subject(RECORD.did, RECORD.uri)
    act(service(database, ManualClock(), frozenset({PDS})), 1, unknown, EffectKind.TAKEDOWN)
    (push,) = PushQueue(database).list([FAILED], 10)
    assert "cid" in push.last_error


def test_a_reversal_tells_the_version_that_was_taken_down(database: Database) -> None:
    moderation = service(database, ManualClock(), frozenset({PDS}))
    act(moderation, 1, RECORD, EffectKind.TAKEDOWN, hours=1)
    act(moderation, 2, Subject(RECORD.did, RECORD.uri), EffectKind.REVERSE_TAKEDOWN)
    first, second = told(database, PDS)
    assert second == {"subject": first["subject"], "takedown": {"applied": False}}


def test_a_reversal_reaches_only_the_services_that_heard_of_the_takedown(database: Database) -> None:
    act(service(database, ManualClock(), frozenset({PDS})), 1, account(1), EffectKind.TAKEDOWN)
    act(service(database, ManualClock()), 2, account(1), EffectKind.REVERSE_TAKEDOWN)
    assert (len(told(database, PDS)), len(told(database, APPVIEW))) == (2, 0)


def test_a_reversal_of_what_was_never_pushed_here_reaches_every_service(database: Database) -> None:
    act(service(database, ManualClock(), frozenset()), 1, account(1), EffectKind.TAKEDOWN)
    act(service(database, ManualClock()), 2, account(1), EffectKind.REVERSE_TAKEDOWN)
    assert (len(told(database, PDS)), len(told(database, APPVIEW))) == (1, 1)


def test_a_picture_of_two_taken_down_records_stays_down_until_both_are_back(database: Database) -> None:
    clock = ManualClock()
    moderation = service(database, clock, frozenset({PDS}))
    other = Subject.record(RECORD.did, "app.bsky.feed.post", "3m", Cid("bafyother"))
    for number, record in enumerate((RECORD, other)):
        act(service(database, clock, frozenset()), number, record, EffectKind.TAKEDOWN)
        pushes = takedown_pushes(number + 1, record, [PICTURE], [PDS], suspended=False)
        with database.write("test") as tx:
            queue_pushes(tx, pushes, clock.now_us())
    act(moderation, 2, RECORD, EffectKind.REVERSE_TAKEDOWN)
    assert [body["subject"]["cid"] for body in told(database, PDS)[4:]] == ["bafyrecord"]
    act(moderation, 3, other, EffectKind.REVERSE_TAKEDOWN)
    assert [body["subject"]["cid"] for body in told(database, PDS)[5:]] == ["bafyother", PICTURE]


def test_a_push_waits_for_the_one_before_it_in_its_lane(database: Database) -> None:
    clock = ManualClock()
    moderation, queue = service(database, clock, frozenset({PDS})), PushQueue(database)
    act(moderation, 1, account(1), EffectKind.TAKEDOWN)
    act(moderation, 2, account(1), EffectKind.REVERSE_TAKEDOWN)
    act(moderation, 3, account(2), EffectKind.TAKEDOWN)
    first, other = queue.due(PDS, clock.now_us(), 10)
    assert (first.uri, other.uri) == ("did:plc:account1", "did:plc:account2")
    queue.settle([Attempt(first, "away"), Attempt(other)], clock.now_us())
    assert queue.due(PDS, clock.now_us(), 10) == []
    assert queue.due_us(PDS) == queue.list([WAITING], 1)[0].next_us
    clock.advance(MOST_PAUSE_US / 1e6)
    (again,) = queue.due(PDS, clock.now_us(), 10)
    queue.settle([Attempt(again)], clock.now_us())
    assert [push.kind for push in queue.due(PDS, clock.now_us(), 10)] == ["reversal"]


def test_a_push_is_never_given_up_because_its_service_is_away(database: Database) -> None:
    clock = ManualClock()
    act(service(database, clock, frozenset({PDS})), 1, account(1), EffectKind.TAKEDOWN)
    queue, tried = PushQueue(database), 0
    for _ in range(14 * 24):
        clock.advance(3_600)
        for push in queue.due(PDS, clock.now_us(), 10):
            tried += 1
            assert queue.settle([Attempt(push, "away")], clock.now_us()) == []
    assert tried > 14 * 24 / 5
    assert [push.state for push in queue.list([WAITING], 10)] == [WAITING]


def test_a_refused_push_keeps_the_words_of_the_service_and_can_be_tried_again(database: Database) -> None:
    clock = ManualClock()
    act(service(database, clock, frozenset({PDS})), 1, account(1), EffectKind.TAKEDOWN)
    queue = PushQueue(database)
    (push,) = queue.due(PDS, clock.now_us(), 10)
    refused = queue.settle([Attempt(push, "400 InvalidRequest: no such account", refused=True)], clock.now_us())
    assert [attempt.push.id for attempt in refused] == [push.id]
    assert queue.list([FAILED], 10)[0].last_error == "400 InvalidRequest: no such account"
    assert queue.retry([], clock.now_us(), "cli") == 1
    assert len(queue.due(PDS, clock.now_us(), 10)) == 1


def test_a_failed_takedown_is_not_tried_again_after_its_reversal(database: Database) -> None:
    clock = ManualClock()
    moderation, queue = service(database, clock, frozenset({PDS})), PushQueue(database)
    act(moderation, 1, account(1), EffectKind.TAKEDOWN)
    queue.settle([Attempt(queue.due(PDS, clock.now_us(), 1)[0], "400", refused=True)], clock.now_us())
    act(moderation, 2, account(1), EffectKind.REVERSE_TAKEDOWN)
    assert queue.retry([], clock.now_us(), "cli") == 0


def test_marking_a_push_twice_changes_nothing(database: Database) -> None:
    clock = ManualClock()
    act(service(database, clock, frozenset({PDS})), 1, account(1), EffectKind.TAKEDOWN)
    queue = PushQueue(database)
    (push,) = queue.due(PDS, clock.now_us(), 10)
    queue.settle([Attempt(push)], clock.now_us())
    queue.settle([Attempt(push, "away")], clock.now_us())
    assert [found.state for found in queue.list([SENT, WAITING], 10)] == [SENT]


@given(name=st.text(max_size=20), failures=st.integers(1, 1_000))
def test_pauses_double_up_to_their_limit_less_a_quarter_at_most(name: str, failures: int) -> None:
    full = min(FIRST_PAUSE_US * 2 ** (failures - 1), MOST_PAUSE_US)
    assert 0.75 * full <= pause_us(name, failures, FIRST_PAUSE_US, MOST_PAUSE_US) <= full


def test_what_failed_together_is_not_tried_again_together() -> None:
    pauses = {pause_us(f"push {number}", 5, FIRST_PAUSE_US, MOST_PAUSE_US) for number in range(100)}
    assert len(pauses) == 100


def emitted(database: Database, clock: ManualClock, event: ModEvent, subject: Subject, targets: set[str]) -> int:
    moderation = service(database, clock, frozenset(targets))
    return moderation.emit(NewEvent(event, subject, MODERATOR, (PICTURE,) if subject.is_record else ())).id


def stored_event(database: Database, number: int) -> Any:
    with database.read() as tx:
        query = select(MODERATION_EVENT.c.event_json).where(MODERATION_EVENT.c.id == number)
        return msgspec.json.decode(tx.execute(query).scalar_one())


def test_a_takedown_by_a_person_reaches_only_the_services_that_they_chose(database: Database) -> None:
    chosen = ModEventTakedown(target_services=("appview",))
    emitted(database, ManualClock(), chosen, account(1), {PDS, APPVIEW})
    assert (len(told(database, PDS)), len(told(database, APPVIEW))) == (0, 1)


def test_a_record_is_taken_down_with_its_blobs(database: Database) -> None:
    emitted(database, ManualClock(), ModEventTakedown(), RECORD, {PDS})
    assert [body["subject"] for body in told(database, PDS)] == [
        {"$type": "com.atproto.repo.strongRef", "uri": RECORD.uri, "cid": "bafyrecord"},
        {
            "$type": "com.atproto.admin.defs#repoBlobRef",
            "did": RECORD.did,
            "cid": PICTURE,
            "recordUri": RECORD.uri,
        },
    ]


@pytest.mark.parametrize("refused", [False, True])
def test_an_email_is_queued_and_its_event_says_whether_it_was_delivered(database: Database, refused: bool) -> None:
    clock, queue = ManualClock(), PushQueue(database)
    email = ModEventEmail(subject_line="About you", content="Stop it.", comment="second warning")
    number = emitted(database, clock, email, account(1), {PDS})
    assert told(database, PDS) == [
        {"recipientDid": account(1).did, "subject": "About you", "content": "Stop it.", "comment": "second warning"}
    ]
    assert "isDelivered" not in stored_event(database, number)
    (push,) = queue.due(PDS, clock.now_us(), 1)
    queue.settle([Attempt(push, "400 no such account" if refused else "", refused)], clock.now_us())
    assert stored_event(database, number)["isDelivered"] is not refused


def test_an_email_that_nobody_can_send_is_not_delivered(database: Database) -> None:
    email = ModEventEmail(subject_line="About you", content="Stop it.")
    number = emitted(database, ManualClock(), email, account(1), {APPVIEW})
    assert stored_event(database, number)["isDelivered"] is False


def test_an_email_is_given_up_after_a_week_and_its_event_says_so(database: Database) -> None:
    clock, queue = ManualClock(), PushQueue(database)
    email = ModEventEmail(subject_line="About you", content="Stop it.")
    number = emitted(database, clock, email, account(1), {PDS})
    for _ in range(8 * 24):
        queue.settle([Attempt(push, "away") for push in queue.due(PDS, clock.now_us(), 1)], clock.now_us())
        clock.advance(3_600)
    assert "not sent for 7 days: away" in queue.list([FAILED], 1)[0].last_error
    assert stored_event(database, number)["isDelivered"] is False


def test_credentials_are_revoked_at_the_pds(database: Database) -> None:
    emitted(database, ManualClock(), RevokeAccountCredentialsEvent("stolen"), account(1), {PDS})
    assert told(database, PDS) == [{"account": account(1).did}]


@pytest.mark.parametrize(
    "event,subject", [(RevokeAccountCredentialsEvent("stolen"), account(1)), (ModEventDivert(), RECORD)]
)
def test_what_needs_a_service_that_is_not_configured_is_refused(
    database: Database, event: ModEvent, subject: Subject
) -> None:
    with pytest.raises(Rejected, match="InvalidRequest"):
        emitted(database, ManualClock(), event, subject, {APPVIEW})
    assert PushQueue(database).list([WAITING], 10) == []


def test_a_diverted_blob_goes_out_before_the_pds_is_told_to_take_it_down(database: Database) -> None:
    clock, queue = ManualClock(), PushQueue(database)
    emitted(database, clock, ModEventDivert("csam"), RECORD, {PDS, APPVIEW, DIVERT})
    assert told(database, DIVERT) == [{"did": RECORD.did, "cid": PICTURE, "uri": RECORD.uri}]
    assert [push.blob_cid for push in queue.due(APPVIEW, clock.now_us(), 10)] == ["", PICTURE]
    assert [push.blob_cid for push in queue.due(PDS, clock.now_us(), 10)] == [""]
    (blob,) = queue.due(DIVERT, clock.now_us(), 10)
    queue.settle([Attempt(blob, "away")], clock.now_us())
    assert [push.blob_cid for push in queue.due(PDS, clock.now_us(), 10)] == [""]
    clock.advance(60)
    queue.settle([Attempt(queue.due(DIVERT, clock.now_us(), 10)[0])], clock.now_us())
    assert [push.blob_cid for push in queue.due(PDS, clock.now_us(), 10)] == ["", PICTURE]


def test_a_record_that_comes_back_brings_its_blobs_back_even_where_its_takedown_was_imported(
    database: Database,
) -> None:
    emitted(database, ManualClock(), ModEventTakedown(), RECORD, set())
    emitted(database, ManualClock(), ModEventReverseTakedown(), RECORD, {PDS})
    assert [body["subject"]["cid"] for body in told(database, PDS)] == ["bafyrecord", PICTURE]
