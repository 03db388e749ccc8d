"""A scheduled takedown happens once, at a moment that was drawn once, unless it is called off before."""

import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from databases import Crash, Seams
from proposals import account, make_service
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.events import ModEventTakedown
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.scheduled import ActionFilter, ActionState, NewAction, ScheduledActions, When, read_when
from skywarden.moderation.scheduled.service import SCHEDULED_TAG
from skywarden.moderation.scheduled.times import OPEN_RANGE_US
from skywarden.storage import Database
from skywarden.storage.tables import MODERATION_EVENT

ALICE, MODERATOR = account(1).did, Did("did:plc:moderator")
HOUR_US = 3_600 * SECOND_US
EVERY = ActionFilter(tuple(ActionState))


def actions_of(database: Database, clock: ManualClock) -> ScheduledActions:
    return ScheduledActions(database, make_service(database, clock), clock)


def later(clock: ManualClock, seconds: float) -> str:
    return datetime_text(clock.now_us() + round(seconds * SECOND_US))


def takedown(clock: ManualClock, seconds: float = 60, **fields: object) -> NewAction:
    event = {"$type": "tools.ozone.moderation.scheduleAction#takedown", "comment": "spam ring", **fields}
    return NewAction(msgspec.json.encode(event).decode(), MODERATOR, "spam ring", at=later(clock, seconds))


def event_types(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(select(MODERATION_EVENT.c.type).order_by(MODERATION_EVENT.c.id)).scalars())


def test_a_scheduled_takedown_happens_when_its_moment_has_come(database: Database) -> None:
    clock = ManualClock()
    moderation = make_service(database, clock)
    actions = ScheduledActions(database, moderation, clock)
    actions.schedule(ALICE, takedown(clock, 60))
    assert moderation.status(ALICE).tags == {SCHEDULED_TAG}
    clock.advance(59)
    assert (actions.execute_due(10), actions.pending()) == (0, 1)
    clock.advance(1)
    assert actions.due_us() == clock.now_us()
    assert (actions.execute_due(10), actions.execute_due(10), actions.pending()) == (1, 0, 0)
    status = moderation.status(ALICE)
    assert (status.takendown, status.tags) == (True, frozenset())
    (action,) = actions.page(EVERY, 10)
    assert (action.state, action.executed_us) == (ActionState.EXECUTED, clock.now_us())
    assert event_types(database) == ["scheduleTakedownEvent", "modEventTag", "modEventTakedown", "modEventTag"]


def test_what_was_asked_for_becomes_the_takedown(database: Database) -> None:
    clock = ManualClock()
    actions = actions_of(database, clock)
    asked = {"durationInHours": 24, "policies": ["spam"], "severityLevel": "sev-2", "strikeCount": 2}
    actions.schedule(ALICE, takedown(clock, 1, **asked, emailSubject="About you", emailContent="Stop it."))
    clock.advance(1)
    actions.execute_due(1)
    with database.read() as tx:
        rows = tx.execute(select(MODERATION_EVENT).order_by(MODERATION_EVENT.c.id)).all()
    down = msgspec.json.decode(next(row.event_json for row in rows if row.type == "modEventTakedown"))
    assert down == {
        "$type": "tools.ozone.moderation.defs#modEventTakedown",
        "comment": "[SCHEDULED_ACTION] spam ring",
        **asked,
    }
    assert [row.created_by for row in rows] == [MODERATOR] * len(rows)
    assert rows[-1].type == "modEventEmail"


def test_an_account_has_one_pending_action(database: Database) -> None:
    clock = ManualClock()
    actions = actions_of(database, clock)
    actions.schedule(ALICE, takedown(clock))
    with pytest.raises(Rejected, match="ActionAlreadyExists"):
        actions.schedule(ALICE, takedown(clock))
    assert event_types(database) == ["scheduleTakedownEvent", "modEventTag"]
    actions.cancel(ALICE, MODERATOR, "a mistake")
    assert actions.schedule(ALICE, takedown(clock)) == 2


def test_a_cancelled_action_never_happens(database: Database) -> None:
    clock = ManualClock()
    moderation = make_service(database, clock)
    actions = ScheduledActions(database, moderation, clock)
    actions.schedule(ALICE, takedown(clock))
    actions.cancel(ALICE, MODERATOR, "a mistake")
    clock.advance(3_600)
    assert actions.execute_due(10) == 0
    assert (moderation.status(ALICE).takendown, moderation.status(ALICE).tags) == (False, frozenset())
    with pytest.raises(Rejected, match="NoPendingActions"):
        actions.cancel(ALICE, MODERATOR, None)
    assert event_types(database)[2:] == ["cancelScheduledTakedownEvent", "modEventTag"]


def test_what_moderation_refuses_has_failed_with_the_reason(database: Database) -> None:
    clock = ManualClock()
    moderation = make_service(database, clock)
    actions = ScheduledActions(database, moderation, clock)
    actions.schedule(ALICE, takedown(clock))
    moderation.emit(NewEvent(ModEventTakedown(), account(1), MODERATOR))
    clock.advance(60)
    actions.execute_due(10)
    (action,) = actions.page(EVERY, 10)
    assert (action.state, action.executed_us) == (ActionState.FAILED, clock.now_us())
    assert "taken down" in action.last_failure
    assert moderation.status(ALICE).tags == frozenset()


@pytest.mark.parametrize("place", ["moderation.emit:before-commit", "moderation.emit:after-commit"])
def test_a_crash_neither_loses_nor_repeats_an_execution(database: Database, seams: Seams, place: str) -> None:
    clock = ManualClock()
    actions = actions_of(database, clock)
    actions.schedule(ALICE, takedown(clock))
    clock.advance(60)
    seams.crash_at = place
    with pytest.raises(Crash):
        actions.execute_due(10)
    actions_of(database, clock).execute_due(10)
    assert event_types(database).count("modEventTakedown") == 1
    assert [action.state for action in actions.page(EVERY, 10)] == [ActionState.EXECUTED]


def test_of_many_that_execute_and_cancel_at_once_one_wins(database: Database) -> None:
    clock = ManualClock()
    actions = actions_of(database, clock)
    for number in range(5):
        actions.schedule(account(number).did, takedown(clock))
    clock.advance(60)
    together, cancelled = threading.Barrier(6), list[Did]()

    def execute() -> None:
        together.wait()
        actions_of(database, clock).execute_due(10)

    def cancel() -> None:
        together.wait()
        for number in range(5):
            try:
                actions_of(database, clock).cancel(account(number).did, MODERATOR, None)
            except Rejected:
                continue
            cancelled.append(account(number).did)

    threads = [threading.Thread(target=work) for work in (execute, execute, execute, cancel, execute, cancel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert event_types(database).count("modEventTakedown") == 5 - len(cancelled)
    assert {action.did for action in actions.page(ActionFilter((ActionState.CANCELLED,)), 10)} == set(cancelled)


def test_the_moment_of_a_random_action_is_drawn_once_and_stored(database: Database) -> None:
    clock = ManualClock()
    actions = actions_of(database, clock)
    ranged = NewAction("{}", MODERATOR, after=later(clock, 3_600), until=later(clock, 7_200))
    actions.schedule(ALICE, ranged)
    (action,) = actions.page(EVERY, 1)
    assert action.when.is_random
    assert clock.now_us() + HOUR_US - 1_000 <= action.due_us <= clock.now_us() + 2 * HOUR_US
    assert actions_of(database, clock).due_us() == action.due_us


def test_a_page_is_filtered_and_goes_on_where_the_last_one_ended(database: Database) -> None:
    clock = ManualClock()
    actions = actions_of(database, clock)
    for number in range(6):
        actions.schedule(account(number).did, takedown(clock, 60 * (number + 1)))
    actions.cancel(account(0).did, MODERATOR, None)
    pending = ActionFilter((ActionState.PENDING,))
    first = actions.page(pending, 3)
    second = actions.page(pending, 3, first[-1].id)
    assert [action.did for action in (*first, *second)] == [account(n).did for n in (5, 4, 3, 2, 1)]
    one = ActionFilter(tuple(ActionState), dids=(account(0).did,))
    assert [action.state for action in actions.page(one, 10)] == [ActionState.CANCELLED]
    now_us = clock.now_us()
    within = ActionFilter(
        (ActionState.PENDING,),
        starts_after_us=UtcMicros(now_us + 170 * SECOND_US),
        ends_before_us=UtcMicros(now_us + 250 * SECOND_US),
    )
    assert [action.did for action in actions.page(within, 10)] == [account(n).did for n in (3, 2)]


@given(
    after=st.integers(0, 2**50),
    length=st.integers(1, 10**13),
    seed=st.binary(min_size=32, max_size=32),
    n=st.integers(1),
)
def test_a_drawn_moment_lies_in_its_range_and_is_the_same_each_time(
    after: int, length: int, seed: bytes, n: int
) -> None:
    when = When(after_us=UtcMicros(after), until_us=UtcMicros(after + length))
    assert after <= when.due_us(seed, n) <= after + length
    assert when.due_us(seed, n) == when.due_us(seed, n)
    assert after <= When(after_us=UtcMicros(after)).due_us(seed, n) <= after + OPEN_RANGE_US


def test_drawn_moments_spread_over_their_range() -> None:
    when = When(after_us=UtcMicros(0), until_us=UtcMicros(1_000_000))
    drawn = sorted(when.due_us(bytes(32), number) for number in range(1_000))
    assert all(sum(lower <= at < lower + 100_000 for at in drawn) > 60 for lower in range(0, 1_000_000, 100_000))


@pytest.mark.parametrize(
    "at,after,until",
    [
        (None, None, None),
        (None, None, "2026-01-01T00:00:00Z"),
        (None, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        (None, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
    ],
)
def test_a_schedule_that_names_no_time_is_refused(at: str | None, after: str | None, until: str | None) -> None:
    with pytest.raises(Rejected, match="InvalidScheduling"):
        read_when(at, after, until)
