"""Make, change and delete queues, so that no two of them compete for a report.

Two writers: whoever makes, changes or deletes a queue holds the counter of queues: checks hold until the commit.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from sqlalchemy import Connection, insert, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.queues.criteria import RECORD, SUBJECT_TYPES, UNMATCHED, Criteria, conflicting
from skywarden.moderation.queues.rows import Queue, existing_queues, lock_queue, queues_by_id, words_json
from skywarden.moderation.reports.machine import Activity, TicketState, waiting_state
from skywarden.moderation.reports.tickets import Done, is_pending, save_activities
from skywarden.storage import Database
from skywarden.storage.counters import lock_counter, take_numbers
from skywarden.storage.tables import QUEUE, QUEUE_ASSIGNMENT, REPORT

CONFLICT = "ConflictingQueue"
QUEUE_NOT_FOUND = "QueueNotFound"
INVALID_POLICIES = "InvalidRecommendedPolicies"
_COUNTER = "queue"

PolicyKeys = Callable[[], Container[str]]
"""Reads the keys of the policy list that the team configured."""


@dataclass(frozen=True, slots=True)
class NewQueue:
    """A queue that somebody wants."""

    name: str
    by: Did
    criteria: Criteria = field(default_factory=Criteria)
    description: str | None = None
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueChange:
    """What of a queue shall be otherwise; None leaves it as it is."""

    id: int
    by: Did
    name: str | None = None
    enabled: bool | None = None
    description: str | None = None
    policies: tuple[str, ...] | None = None


class QueueService:
    """The queues of reports."""

    def __init__(self, db: Database, clock: Clock, policy_keys: PolicyKeys) -> None:
        self._db = db
        self._clock = clock
        self._policy_keys = policy_keys

    def create(self, new: NewQueue) -> Queue:
        """Make a queue.

        Raises: Rejected ConflictingQueue, when another has its name or takes some of its reports;
        InvalidRecommendedPolicies; InvalidSubjectType; InvalidCollection, when it takes no records.
        """
        _check(new)
        self._check_policies(new.policies)
        now_us = self._clock.now_us()
        with self._db.write("queues.create") as tx:
            number = take_numbers(self._db, tx, _COUNTER, 1)
            others = existing_queues(tx)
            _check_name(others, new.name)
            rival = conflicting(new.criteria, (queue.target for queue in others))
            if rival is not None:
                raise Rejected(CONFLICT, place=new.name, expected="reports that no queue takes", found=f"queue {rival}")
            queue = Queue(
                id=number,
                name=new.name,
                criteria=new.criteria,
                description=new.description,
                policies=new.policies,
                enabled=True,
                created_by=new.by,
                created_us=now_us,
                updated_us=now_us,
                deleted_us=None,
            )
            tx.execute(insert(QUEUE), {"id": number, "created_by": new.by, "created_us": now_us, **_values(queue)})
            self._audit(tx, new.by, "createQueue", None, queue)
        return queue

    def update(self, change: QueueChange) -> Queue:
        """Change a queue. Raises: Rejected QueueNotFound, ConflictingQueue (its name), InvalidRecommendedPolicies."""
        self._check_policies(change.policies or ())
        now_us = self._clock.now_us()
        with self._db.write("queues.update") as tx:
            lock_counter(self._db, tx, _COUNTER)
            before = _lock(tx, change.id)
            if change.name is not None:
                _check_name([queue for queue in existing_queues(tx) if queue.id != change.id], change.name)
            after = replace(_changed(before, change), updated_us=now_us)
            tx.execute(update(QUEUE).where(QUEUE.c.id == change.id).values(_values(after)))
            self._audit(tx, change.by, "updateQueue", before, after)
        return after

    def delete(self, queue_id: int, by: Did, migrate_to: int | None = None) -> int:
        """Delete a queue; its pending reports go to another queue or to none. Return how many did.

        Closed reports stay in the deleted queue: that is where they were answered.

        Raises: Rejected QueueNotFound.
        """
        now_us = self._clock.now_us()
        with self._db.write("queues.delete") as tx:
            lock_counter(self._db, tx, _COUNTER)
            ends = {queue_id} if migrate_to is None else {queue_id, migrate_to}
            # In the order of their ids, as routing locks them.
            found = {number: _lock(tx, number) for number in sorted(ends)}
            if migrate_to == queue_id:
                raise Rejected(QUEUE_NOT_FOUND, place="migrateToQueueId", expected="another queue", found=str(queue_id))
            before = found[queue_id]
            moved = self._empty(tx, queue_id, UNMATCHED if migrate_to is None else migrate_to, by, now_us)
            tx.execute(update(QUEUE).where(QUEUE.c.id == queue_id).values(deleted_us=now_us, updated_us=now_us))
            ending = (QUEUE_ASSIGNMENT.c.queue_id == queue_id, QUEUE_ASSIGNMENT.c.end_us > now_us)
            tx.execute(update(QUEUE_ASSIGNMENT).where(*ending).values(end_us=now_us))
            self._audit(tx, by, "deleteQueue", before, replace(before, deleted_us=now_us))
        return moved

    def queues(self, *, after: int = 0) -> list[Queue]:
        """The queues that are not deleted with higher ids than `after`, oldest first."""
        with self._db.read() as tx:
            return [queue for queue in existing_queues(tx) if queue.id > after]

    def by_id(self, ids: Sequence[int]) -> dict[int, Queue]:
        """Queues by id, deleted ones too."""
        if not ids:
            return {}
        with self._db.read() as tx:
            return queues_by_id(tx, ids)

    def _empty(self, tx: Connection, queue_id: int, goal: int, by: Did, now_us: UtcMicros) -> int:
        """Move the pending reports of a locked queue."""
        pending = (REPORT.c.queue_id == queue_id, is_pending())
        rows = tx.execute(select(REPORT.c.id, REPORT.c.state).where(*pending).order_by(REPORT.c.id).with_for_update())
        meta: dict[str, object] = {"fromQueueId": queue_id, "toQueueId": goal}
        done = [Done(row.id, Activity.QUEUED, TicketState(row.state), by, meta=meta) for row in rows]
        queued_us = None if goal == UNMATCHED else now_us
        values: dict[str, object] = {"queue_id": goal, "queued_us": queued_us, "updated_us": now_us}
        waiting = REPORT.c.state.in_([TicketState.OPEN.value, TicketState.QUEUED.value])
        tx.execute(update(REPORT).where(*pending, waiting).values({**values, "state": waiting_state(goal).value}))
        tx.execute(update(REPORT).where(*pending).values(values))
        save_activities(self._db, tx, done, now_us)
        return len(done)

    def _check_policies(self, policies: Sequence[str]) -> None:
        known = self._policy_keys() if policies else ()
        unknown = sorted(key for key in set(policies) if key not in known)
        if unknown:
            raise Rejected(INVALID_POLICIES, expected="keys of the policy list", found=", ".join(unknown))

    def _audit(self, tx: Connection, by: Did, action: str, before: Queue | None, after: Queue) -> None:
        change = {"before": None if before is None else _values(before), "after": _values(after)}
        text = msgspec.json.encode({**change, "deleted_us": after.deleted_us}).decode()
        append_audit(self._db, tx, [Change(by, action, f"queue:{after.id}", text)], after.updated_us)


def _check(new: NewQueue) -> None:
    if not new.name.strip():
        raise Rejected("InvalidQueueName", place="name", expected="a name")
    strange = new.criteria.subject_types - SUBJECT_TYPES
    if strange:
        expected = ", ".join(sorted(SUBJECT_TYPES))
        raise Rejected("InvalidSubjectType", place="subjectTypes", expected=expected, found=", ".join(sorted(strange)))
    if new.criteria.collection is not None and RECORD not in new.criteria.subject_types:
        raise Rejected("InvalidCollection", place="collection", expected="subjectTypes with record")


def _check_name(others: Sequence[Queue], name: str) -> None:
    rival = next((queue for queue in others if queue.name == name), None)
    if rival is not None:
        raise Rejected(CONFLICT, place="name", expected="a name that no queue has", found=f"queue {rival.id}")


def _lock(tx: Connection, queue_id: int) -> Queue:
    queue = lock_queue(tx, queue_id)
    if queue is None:
        raise Rejected(QUEUE_NOT_FOUND, place="queueId", expected="a queue that exists", found=str(queue_id))
    return queue


def _changed(queue: Queue, change: QueueChange) -> Queue:
    return replace(
        queue,
        name=queue.name if change.name is None else change.name,
        enabled=queue.enabled if change.enabled is None else change.enabled,
        description=queue.description if change.description is None else change.description,
        policies=queue.policies if change.policies is None else change.policies,
    )


def _values(queue: Queue) -> dict[str, object]:
    return {
        "name": queue.name,
        "subject_types_json": words_json(queue.criteria.subject_types),
        "collection": queue.criteria.collection,
        "report_types_json": words_json(queue.criteria.report_types),
        "description": queue.description,
        "policies_json": msgspec.json.encode(queue.policies).decode(),
        "enabled": queue.enabled,
        "updated_us": queue.updated_us,
    }
