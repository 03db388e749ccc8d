"""Turn rows of the queue table into queues, and lock them; whoever locks queues and reports locks queues first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.queues.criteria import Criteria, Target
from skywarden.storage.tables import QUEUE


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of reports. `policies` are keys of the policy list that are recommended to its moderators."""

    id: int
    name: str
    criteria: Criteria
    description: str | None
    policies: tuple[str, ...]
    enabled: bool
    created_by: Did
    created_us: UtcMicros
    updated_us: UtcMicros
    deleted_us: UtcMicros | None

    @property
    def target(self) -> Target:
        """The queue as routing sees it."""
        return Target(self.id, self.criteria)


def read_queue(row: Row[Any]) -> Queue:
    """Read a row of the queue table."""
    criteria = Criteria(
        frozenset(_words(row.subject_types_json)), row.collection, frozenset(_words(row.report_types_json))
    )
    return Queue(
        id=row.id,
        name=row.name,
        criteria=criteria,
        description=row.description,
        policies=_words(row.policies_json),
        enabled=row.enabled,
        created_by=Did(row.created_by),
        created_us=row.created_us,
        updated_us=row.updated_us,
        deleted_us=row.deleted_us,
    )


def _words(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])


def words_json(words: Iterable[str]) -> str:
    """A set of words as the queue table stores it."""
    return msgspec.json.encode(sorted(words)).decode()


def queues_by_id(tx: Connection, ids: Sequence[int] | None = None) -> dict[int, Queue]:
    """Queues by id, deleted ones too; all of them when no ids are given."""
    query = select(QUEUE) if ids is None else select(QUEUE).where(QUEUE.c.id.in_(ids))
    return {row.id: read_queue(row) for row in tx.execute(query)}


def existing_queues(tx: Connection) -> list[Queue]:
    """Every queue that is not deleted, oldest first."""
    query = select(QUEUE).where(QUEUE.c.deleted_us.is_(None)).order_by(QUEUE.c.id)
    return [read_queue(row) for row in tx.execute(query)]


def lock_queue(tx: Connection, queue_id: int) -> Queue | None:
    """Lock a queue against everybody; None when it is not there or deleted. Before any report is locked."""
    query = select(QUEUE).where(QUEUE.c.id == queue_id, QUEUE.c.deleted_us.is_(None)).with_for_update()
    row = tx.execute(query).one_or_none()
    return None if row is None else read_queue(row)


def share_queue(tx: Connection, queue_id: int) -> Queue | None:
    """Keep a queue from being changed or deleted before this transaction ends; None as with `lock_queue`."""
    query = select(QUEUE).where(QUEUE.c.id == queue_id, QUEUE.c.deleted_us.is_(None)).with_for_update(read=True)
    row = tx.execute(query).one_or_none()
    return None if row is None else read_queue(row)


def share_enabled(tx: Connection) -> list[Target]:
    """Keep every enabled queue from being changed before this transaction ends; what reports can be routed to."""
    query = select(QUEUE).where(QUEUE.c.deleted_us.is_(None), QUEUE.c.enabled.is_(True))
    return [read_queue(row).target for row in tx.execute(query.order_by(QUEUE.c.id).with_for_update(read=True))]
