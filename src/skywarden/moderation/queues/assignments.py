"""Say who works on a queue, for as long as an assignment to a queue lasts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.queues.rows import lock_queue
from skywarden.storage import Database
from skywarden.storage.tables import QUEUE_ASSIGNMENT

INVALID_ASSIGNMENT = "InvalidAssignment"


@dataclass(frozen=True, slots=True)
class QueueAssignment:
    """Somebody's work on a queue."""

    id: int
    queue_id: int
    did: Did
    start_us: UtcMicros
    end_us: UtcMicros


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Which assignments to tell, newest first; `of` are ids of queues or of reports, `beyond` the last id seen."""

    of: Sequence[int] = ()
    dids: Sequence[str] = ()
    only_active: bool = True
    beyond: int | None = None
    limit: int = 50


class QueueAssignments:
    """Who works on which queue; an assignment lasts `lasts_s`, and as long again each time it is renewed.

    Two writers: the queue's row is locked, so nobody has two active assignments to one queue.
    """

    def __init__(self, db: Database, clock: Clock, lasts_s: float) -> None:
        self._db = db
        self._clock = clock
        self._lasts_us = round(lasts_s * SECOND_US)

    def assign(self, queue_id: int, did: Did, by: Did) -> QueueAssignment:
        """Give somebody a queue, or renew it. Raises: Rejected InvalidAssignment, when the queue is not in use."""
        now_us = self._clock.now_us()
        end_us = UtcMicros(now_us + self._lasts_us)
        with self._db.write("queues.assign") as tx:
            queue = lock_queue(tx, queue_id)
            if queue is None or not queue.enabled:
                raise Rejected(INVALID_ASSIGNMENT, place="queueId", expected="a queue in use", found=str(queue_id))
            own = _active(tx, queue_id, did, now_us)
            if own is None:
                given = _insert(tx, QueueAssignment(0, queue_id, did, now_us, end_us))
            else:
                given = replace(own, end_us=end_us)
                tx.execute(update(QUEUE_ASSIGNMENT).where(QUEUE_ASSIGNMENT.c.id == own.id).values(end_us=end_us))
            self._audit(tx, by, "assignQueue", given, now_us)
        return given

    def unassign(self, queue_id: int, did: Did, by: Did) -> None:
        """Take a queue from somebody. Raises: Rejected InvalidAssignment, when they do not have it."""
        now_us = self._clock.now_us()
        with self._db.write("queues.unassign") as tx:
            lock_queue(tx, queue_id)
            own = _active(tx, queue_id, did, now_us)
            if own is None:
                raise Rejected(INVALID_ASSIGNMENT, place=f"queue {queue_id}", expected=f"an assignment of {did}")
            tx.execute(update(QUEUE_ASSIGNMENT).where(QUEUE_ASSIGNMENT.c.id == own.id).values(end_us=now_us))
            self._audit(tx, by, "unassignQueue", replace(own, end_us=now_us), now_us)

    def page(self, asked: AssignmentFilter) -> list[QueueAssignment]:
        """Up to `limit` assignments that pass the filter."""
        table = QUEUE_ASSIGNMENT
        query = select(table).order_by(table.c.id.desc()).limit(asked.limit)
        if asked.only_active:
            query = query.where(table.c.end_us > self._clock.now_us())
        if asked.of:
            query = query.where(table.c.queue_id.in_(asked.of))
        if asked.dids:
            query = query.where(table.c.did.in_(asked.dids))
        if asked.beyond is not None:
            query = query.where(table.c.id < asked.beyond)
        with self._db.read() as tx:
            return [_read(row) for row in tx.execute(query)]

    def _audit(self, tx: Connection, by: Did, action: str, given: QueueAssignment, now_us: UtcMicros) -> None:
        change = {"assignment": given.id, "did": given.did, "until_us": given.end_us}
        text = msgspec.json.encode(change).decode()
        append_audit(self._db, tx, [Change(by, action, f"queue:{given.queue_id}", text)], now_us)


def _active(tx: Connection, queue_id: int, did: Did, now_us: UtcMicros) -> QueueAssignment | None:
    table = QUEUE_ASSIGNMENT
    query = select(table).where(table.c.queue_id == queue_id, table.c.did == did, table.c.end_us > now_us)
    row = tx.execute(query.order_by(table.c.id).limit(1)).one_or_none()
    return None if row is None else _read(row)


def _insert(tx: Connection, given: QueueAssignment) -> QueueAssignment:
    row = {"queue_id": given.queue_id, "did": given.did, "start_us": given.start_us, "end_us": given.end_us}
    key = tx.execute(insert(QUEUE_ASSIGNMENT), row).inserted_primary_key
    if key is None:
        raise Broken("queue_assignment: the database gave the new row no number")
    return replace(given, id=key[0])


def _read(row: Row[Any]) -> QueueAssignment:
    return QueueAssignment(row.id, row.queue_id, Did(row.did), row.start_us, row.end_us)
