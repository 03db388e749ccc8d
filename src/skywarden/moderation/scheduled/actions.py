"""Keep scheduled actions in their table: rows in, rows out, each change of state at most once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.scheduled.times import When
from skywarden.storage.tables import SCHEDULED_ACTION

TAKEDOWN = "takedown"
"""The one action that the lexicon knows."""

_REASON_CHARACTERS = 1_000


class ActionState(StrEnum):
    """Where an action is; only a pending one can change."""

    PENDING = "pending"
    EXECUTED = "executed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """One action; `event_json` is what the moderator asked for, `event_id` the event that executing it made."""

    id: int
    did: Did
    event_json: str
    when: When
    due_us: UtcMicros
    state: ActionState
    created_by: Did
    created_us: UtcMicros
    updated_us: UtcMicros
    executed_us: UtcMicros | None
    last_failure: str
    event_id: int | None


def insert_action(
    tx: Connection, number: int, did: Did, event_json: str, when: When, due_us: UtcMicros, by: Did, now_us: UtcMicros
) -> None:
    """Write a pending action; the table refuses a second one of the same account."""
    tx.execute(
        insert(SCHEDULED_ACTION),
        {
            "id": number,
            "action": TAKEDOWN,
            "did": did,
            "pending_did": did,
            "event_json": event_json,
            "execute_at_us": when.at_us,
            "execute_after_us": when.after_us,
            "execute_until_us": when.until_us,
            "randomize": when.is_random,
            "due_us": due_us,
            "state": ActionState.PENDING.value,
            "created_by": by,
            "created_us": now_us,
            "updated_us": now_us,
            "last_failure": "",
        },
    )


def lock_pending(tx: Connection, did: Did) -> ScheduledAction | None:
    """The account's pending action, locked until the transaction ends."""
    query = select(SCHEDULED_ACTION).where(SCHEDULED_ACTION.c.pending_did == did).with_for_update()
    row = tx.execute(query).one_or_none()
    return None if row is None else action_of(row)


def end_action(
    tx: Connection,
    number: int,
    state: ActionState,
    now_us: UtcMicros,
    *,
    event_id: int | None = None,
    failure: str = "",
) -> bool:
    """End a pending action; False when it has ended already."""
    executed_us = None if state is ActionState.CANCELLED else now_us
    pending = (SCHEDULED_ACTION.c.id == number, SCHEDULED_ACTION.c.state == ActionState.PENDING.value)
    ended = update(SCHEDULED_ACTION).where(*pending)
    values = {
        "state": state.value,
        "pending_did": None,
        "updated_us": now_us,
        "executed_us": executed_us,
        "event_id": event_id,
        "last_failure": failure[:_REASON_CHARACTERS],
    }
    return tx.execute(ended.values(**values)).rowcount > 0


def due_actions(tx: Connection, now_us: UtcMicros, limit: int) -> list[ScheduledAction]:
    """Pending actions whose moment has come, earliest first."""
    query = (
        select(SCHEDULED_ACTION)
        .where(SCHEDULED_ACTION.c.state == ActionState.PENDING.value, SCHEDULED_ACTION.c.due_us <= now_us)
        .order_by(SCHEDULED_ACTION.c.due_us, SCHEDULED_ACTION.c.id)
        .limit(limit)
    )
    return [action_of(row) for row in tx.execute(query)]


def action_of(row: Row[Any]) -> ScheduledAction:
    """Read a row."""
    return ScheduledAction(
        id=row.id,
        did=Did(row.did),
        event_json=row.event_json,
        when=When(row.execute_at_us, row.execute_after_us, row.execute_until_us),
        due_us=row.due_us,
        state=ActionState(row.state),
        created_by=Did(row.created_by),
        created_us=row.created_us,
        updated_us=row.updated_us,
        executed_us=row.executed_us,
        last_failure=row.last_failure,
        event_id=row.event_id,
    )
