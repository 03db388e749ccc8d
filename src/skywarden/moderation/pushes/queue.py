"""Read which pushes are to be sent and keep how each attempt ended; who sends them is joined in `app/jobs/`.

Retry: a push is sent at least once. Crash: what was sent and not yet marked is sent again. Order: a push waits until
all earlier ones of its lane have ended. Nothing is given up for being refused by a service that is only away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.jobs.schedule import pause_us
from skywarden.moderation.pushes.deliveries import note_deliveries
from skywarden.moderation.pushes.rows import EMAIL, FAILED, SENT, WAITING
from skywarden.storage import Database
from skywarden.storage.tables import PUSH

FIRST_PAUSE_US = 10 * SECOND_US
MOST_PAUSE_US = 4 * 3_600 * SECOND_US
"""Attempts are 10 s, 20 s ... 4 h apart, for as long as it takes."""

EMAIL_LASTS_US = 7 * 86_400 * SECOND_US
"""An e-mail that could not be sent for so long is no longer sent: it would tell of what is past."""

_ERROR_CHARACTERS = 1_000

_END = (
    update(PUSH)
    .where(PUSH.c.id == bindparam("of_id"), PUSH.c.state == WAITING)
    .values(
        state=bindparam("now_state"),
        attempts=PUSH.c.attempts + 1,
        next_us=bindparam("at_us"),
        last_error=bindparam("with_error"),
        ended_us=bindparam("end_us"),
    )
)


@dataclass(frozen=True, slots=True)
class Push:
    """One message for a target; `attempts` is how often it was tried before."""

    id: int
    decision: int
    target: str
    kind: str
    did: str
    uri: str
    blob_cid: str
    body: bytes
    state: str
    attempts: int
    next_us: UtcMicros
    last_error: str
    created_us: UtcMicros


@dataclass(frozen=True, slots=True)
class Attempt:
    """How sending a push ended: it was taken, or why not and whether that stays so."""

    push: Push
    error: str = ""
    refused: bool = False

    @property
    def state(self) -> str:
        """What the push is now, as far as the answer says."""
        if not self.error:
            return SENT
        return FAILED if self.refused else WAITING


class PushQueue:
    """The pushes of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def due_us(self, target: str) -> int | None:
        """Since when the oldest push of a target waits to be tried; None when none waits."""
        query = _first_of_lanes(select(PUSH.c.next_us), target).limit(1)
        with self._db.read() as tx:
            found = tx.execute(query).scalar_one_or_none()
        return None if found is None else int(found)

    def due(self, target: str, now_us: UtcMicros, limit: int) -> list[Push]:
        """The first waiting push of each lane whose time has come, those that have waited longest first."""
        query = _first_of_lanes(select(PUSH), target).where(PUSH.c.next_us <= now_us).limit(limit)
        with self._db.read() as tx:
            return [_push(row) for row in tx.execute(query)]

    def settle(self, attempts: Sequence[Attempt], now_us: UtcMicros) -> list[Attempt]:
        """Keep how the attempts ended; return those that now count as failed for good.

        Every end enters the audit, and that of an e-mail its event too; an attempt that is only put off changes nothing
        that anybody decided.
        """
        if not attempts:
            return []
        ended = [_given_up(attempt, now_us) for attempt in attempts]
        with self._db.write("push.settle") as tx:
            tx.execute(_END, [_end_row(attempt, now_us) for attempt in ended])
            over = [attempt for attempt in ended if attempt.state != WAITING]
            emails = [attempt for attempt in over if attempt.push.kind == EMAIL]
            note_deliveries(tx, {attempt.push.decision: attempt.state == SENT for attempt in emails})
            self._audit(tx, over, now_us)
        return [attempt for attempt in ended if attempt.state == FAILED]

    def retry(self, numbers: Sequence[int], now_us: UtcMicros, actor: str) -> int:
        """Let failed pushes be tried again (all of them without numbers); return how many those are.

        One that a later message about the same thing has overtaken stays as it is: it would undo what came after it.
        """
        later = PUSH.alias("later")
        overtaken = (
            select(later.c.id)
            .where(later.c.lane == PUSH.c.lane, later.c.id > PUSH.c.id, later.c.state != FAILED)
            .exists()
        )
        failed = select(PUSH.c.id, PUSH.c.uri).where(PUSH.c.state == FAILED, ~overtaken).order_by(PUSH.c.id)
        if numbers:
            failed = failed.where(PUSH.c.id.in_(numbers))
        with self._db.write("push.retry") as tx:
            rows = tx.execute(failed).all()
            chosen = PUSH.c.id.in_([row.id for row in rows])
            tx.execute(update(PUSH).where(chosen).values(state=WAITING, next_us=now_us, ended_us=None))
            changes = [Change(actor, "push_retry", row.uri, f'{{"push":{row.id}}}') for row in rows]
            append_audit(self._db, tx, changes, now_us)
        return len(rows)

    def list(self, states: Sequence[str], limit: int, after: int = 0) -> list[Push]:
        """Pushes in these states, oldest first."""
        query = select(PUSH).where(PUSH.c.state.in_(states), PUSH.c.id > after).order_by(PUSH.c.id).limit(limit)
        with self._db.read() as tx:
            return [_push(row) for row in tx.execute(query)]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many pushes of each target wait or have failed, by (target, state)."""
        query = (
            select(PUSH.c.target, PUSH.c.state, func.count().label("number"))
            .where(PUSH.c.state.in_((WAITING, FAILED)))
            .group_by(PUSH.c.target, PUSH.c.state)
        )
        with self._db.read() as tx:
            return {(row.target, row.state): row.number for row in tx.execute(query)}

    def pending(self, target: str) -> int:
        """How many pushes of a target wait."""
        with self._db.read() as tx:
            query = select(func.count()).where(PUSH.c.target == target, PUSH.c.state == WAITING)
            return int(tx.execute(query).scalar_one())

    def _audit(self, tx: Connection, ended: Sequence[Attempt], now_us: UtcMicros) -> None:
        changes = [
            Change(
                actor=f"job:push-{attempt.push.target}",
                action=f"push_{attempt.state}",
                target=attempt.push.uri,
                change_json=f'{{"push":{attempt.push.id},"decision":{attempt.push.decision}}}',
            )
            for attempt in ended
        ]
        append_audit(self._db, tx, changes, now_us)


def _first_of_lanes(query: Select[Any], target: str) -> Select[Any]:
    """Only the first waiting push of each lane of the target, longest due first."""
    earlier = PUSH.alias("earlier")
    behind = (
        select(earlier.c.id)
        .where(earlier.c.lane == PUSH.c.lane, earlier.c.state == WAITING, earlier.c.id < PUSH.c.id)
        .exists()
    )
    waiting = (PUSH.c.target == target, PUSH.c.state == WAITING, ~behind)
    return query.where(*waiting).order_by(PUSH.c.next_us, PUSH.c.id)


def _given_up(attempt: Attempt, now_us: UtcMicros) -> Attempt:
    """The attempt, refused where the message has lost its sense by waiting."""
    push = attempt.push
    if attempt.state == WAITING and push.kind == EMAIL and now_us - push.created_us > EMAIL_LASTS_US:
        return Attempt(push, f"not sent for 7 days: {attempt.error}", refused=True)
    return attempt


def _end_row(attempt: Attempt, now_us: UtcMicros) -> dict[str, object]:
    push, waits = attempt.push, attempt.state == WAITING
    pause = pause_us(f"push {push.id}", push.attempts + 1, FIRST_PAUSE_US, MOST_PAUSE_US) if waits else 0
    return {
        "of_id": push.id,
        "now_state": attempt.state,
        "at_us": now_us + pause,
        "with_error": attempt.error[:_ERROR_CHARACTERS],
        "end_us": None if waits else now_us,
    }


def _push(row: Row[Any]) -> Push:
    return Push(
        id=row.id,
        decision=row.decision_id,
        target=row.target,
        kind=row.kind,
        did=row.did,
        uri=row.uri,
        blob_cid=row.blob_cid,
        body=row.body_json.encode(),
        state=row.state,
        attempts=row.attempts,
        next_us=row.next_us,
        last_error=row.last_error,
        created_us=row.created_us,
    )
