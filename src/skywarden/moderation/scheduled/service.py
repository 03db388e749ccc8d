"""Schedule takedowns, cancel them, list them, and execute them when their moment has come.

Retry: an action is executed once, however often it is tried: its end and its event are one transaction.
Crash: what was not executed is still pending. Two writers: one pending action an account; of an execution and a
cancellation at once, one happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.delays import read_delay_seed
from skywarden.moderation.events import (
    CancelScheduledTakedownEvent,
    ModEventEmail,
    ModEventTag,
    ModEventTakedown,
    ScheduleTakedownEvent,
)
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.scheduled.actions import (
    ActionState,
    ScheduledAction,
    action_of,
    due_actions,
    end_action,
    insert_action,
    lock_pending,
)
from skywarden.moderation.scheduled.listing import ActionFilter, select_actions
from skywarden.moderation.scheduled.times import When, read_when
from skywarden.moderation.service import ModerationService
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import SCHEDULED_ACTION

SCHEDULED_TAG = "scheduled-takedown"
"""On an account while a takedown of it is pending."""

ACTION_EXISTS = "ActionAlreadyExists"
NO_PENDING = "NoPendingActions"


class Takedown(msgspec.Struct, frozen=True, rename="camel"):
    """What a moderator asks to happen, as tools.ozone.moderation.scheduleAction#takedown has it."""

    comment: str | None = None
    duration_in_hours: int | None = None
    acknowledge_account_subjects: bool | None = None
    policies: tuple[str, ...] | None = None
    severity_level: str | None = None
    strike_count: int | None = None
    strike_expires_at: str | None = None
    email_content: str | None = None
    email_subject: str | None = None
    mod_tool: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class NewAction:
    """A takedown to be scheduled: `at`, `after` and `until` are datetimes as the caller wrote them.

    `event_json` is the caller's action with its modTool, kept as it came; `tool_json` is the modTool alone.
    """

    event_json: str
    created_by: Did
    comment: str | None = None
    at: str | None = None
    after: str | None = None
    until: str | None = None
    tool_json: str | None = None

    def when(self) -> When:
        """Raises: Rejected InvalidScheduling."""
        return read_when(self.at, self.after, self.until)


class ScheduledActions:
    """The scheduled actions of one database. `moderation` is the door through which they happen."""

    def __init__(self, db: Database, moderation: ModerationService, clock: Clock) -> None:
        self._db = db
        self._moderation = moderation
        self._clock = clock

    def schedule(self, did: Did, action: NewAction) -> int:
        """Put a takedown of the account off; its moment is drawn now, once. Return the action's id.

        Raises: Rejected ActionAlreadyExists, when one is pending; InvalidScheduling.
        """
        when, seed, now_us = action.when(), read_delay_seed(self._db), self._clock.now_us()
        numbers: list[int] = []

        def keep(tx: Connection, _events: Sequence[int]) -> None:
            if lock_pending(tx, did) is not None:
                raise Rejected(ACTION_EXISTS, place=did, expected="no pending action", hint="cancel that one first")
            number = take_numbers(self._db, tx, "scheduled_action", 1)
            due_us = when.due_us(seed, number)
            insert_action(tx, number, did, action.event_json, when, due_us, action.created_by, now_us)
            numbers.append(number)

        said = ScheduleTakedownEvent(action.comment, action.at, action.after, action.until)
        scheduled = NewEvent(said, Subject.account(did), action.created_by, mod_tool_json=action.tool_json)
        tagged = NewEvent(ModEventTag((SCHEDULED_TAG,), ()), Subject.account(did), action.created_by)
        self._moderation.emit_all([scheduled, tagged], keep)
        return numbers[-1]

    def cancel(self, did: Did, by: Did, comment: str | None) -> None:
        """Cancel the account's pending action. Raises: Rejected NoPendingActions."""
        now_us = self._clock.now_us()

        def end(tx: Connection, _events: Sequence[int]) -> None:
            action = lock_pending(tx, did)
            if action is None or not end_action(tx, action.id, ActionState.CANCELLED, now_us):
                raise Rejected(NO_PENDING, place=did, expected="a pending action", found="none")

        cancelled = NewEvent(CancelScheduledTakedownEvent(comment), Subject.account(did), by)
        untagged = NewEvent(ModEventTag((), (SCHEDULED_TAG,)), Subject.account(did), by)
        self._moderation.emit_all([cancelled, untagged], end)

    def page(self, wanted: ActionFilter, limit: int, before_id: int | None = None) -> list[ScheduledAction]:
        """Actions that pass, newest first; the next page begins before the last id of this one."""
        with self._db.read() as tx:
            return [action_of(row) for row in tx.execute(select_actions(wanted, limit, before_id))]

    def due_us(self) -> int | None:
        """When the earliest pending action is due; None when none is pending."""
        with self._db.read() as tx:
            found = tx.execute(select(func.min(SCHEDULED_ACTION.c.due_us)).where(*_PENDING)).scalar_one()
        return None if found is None else int(found)

    def pending(self) -> int:
        """How many actions are pending."""
        with self._db.read() as tx:
            return int(tx.execute(select(func.count()).select_from(SCHEDULED_ACTION).where(*_PENDING)).scalar_one())

    def execute_due(self, limit: int) -> int:
        """Execute up to `limit` of the actions whose moment has come; return how many have ended.

        What moderation refuses, such as a takedown of an account that is down, has failed, with the reason.
        Raises: Retryable, with everything before it done.
        """
        with self._db.read() as tx:
            due = due_actions(tx, self._clock.now_us(), limit)
        for action in due:
            self._execute(action)
        return len(due)

    def _execute(self, action: ScheduledAction) -> None:
        now_us = self._clock.now_us()

        def end(tx: Connection, events: Sequence[int]) -> None:
            if not end_action(tx, action.id, ActionState.EXECUTED, now_us, event_id=events[0]):
                raise _HasEnded(NO_PENDING, place=action.did)

        try:
            self._moderation.emit_all(_events_of(action), end)
        except _HasEnded:  # cancelled, or executed by another process, since it was read
            return
        except Rejected as error:
            self._fail(action, str(error), now_us)

    def _fail(self, action: ScheduledAction, why: str, now_us: UtcMicros) -> None:
        def end(tx: Connection, _events: Sequence[int]) -> None:
            if not end_action(tx, action.id, ActionState.FAILED, now_us, failure=why):
                raise _HasEnded(NO_PENDING, place=action.did)

        untagged = NewEvent(ModEventTag((), (SCHEDULED_TAG,)), Subject.account(action.did), action.created_by)
        try:
            self._moderation.emit_all([untagged], end)
        except _HasEnded:
            return


class _HasEnded(Rejected):
    """Somebody else has ended the action; nothing of this transaction stays."""


_PENDING: tuple[Any, ...] = (SCHEDULED_ACTION.c.state == ActionState.PENDING.value,)


def _events_of(action: ScheduledAction) -> list[NewEvent]:
    """What executing an action makes happen: the takedown first."""
    asked = msgspec.json.decode(action.event_json, type=Takedown)
    subject, by = Subject.account(action.did), action.created_by
    tool_json = bytes(asked.mod_tool).decode() or None
    takedown = ModEventTakedown(
        comment=f"[SCHEDULED_ACTION] {asked.comment or 'Scheduled takedown executed'}",
        duration_in_hours=asked.duration_in_hours,
        acknowledge_account_subjects=asked.acknowledge_account_subjects,
        policies=asked.policies,
        severity_level=asked.severity_level,
        strike_count=asked.strike_count,
        strike_expires_at=asked.strike_expires_at,
    )
    events = [
        NewEvent(takedown, subject, by, mod_tool_json=tool_json),
        NewEvent(ModEventTag((), (SCHEDULED_TAG,)), subject, by),
    ]
    if asked.email_content and asked.email_subject:
        email = ModEventEmail(
            subject_line=asked.email_subject,
            content=asked.email_content,
            comment="Communication attached to scheduled action",
        )
        events.append(NewEvent(email, subject, by, mod_tool_json=tool_json))
    return events
