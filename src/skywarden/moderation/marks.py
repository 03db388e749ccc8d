"""Tell, in the order of events, which accounts' labels and tags have changed, so that later events carry them.

Retry and crash: `pending` says the same again until `done`; each answer is the whole present state of an account, so
hearing it twice changes nothing. Two writers: one consumer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did
from skywarden.moderation.events import ModEventLabel, ModEventReverseTakedown, ModEventTag, ModEventTakedown
from skywarden.moderation.load import read_status
from skywarden.moderation.status import SubjectStatus
from skywarden.storage import Database
from skywarden.storage.tables import CONSUMER_OFFSET, MODERATION_EVENT

_CONSUMER = "marks"
_TYPES = frozenset(kind.type_name() for kind in (ModEventLabel, ModEventTag, ModEventTakedown, ModEventReverseTakedown))


@dataclass(frozen=True, slots=True)
class AccountMarks:
    """All labels and tags that decisions have put on an account and not taken back; sorted."""

    did: Did
    labels: tuple[str, ...]
    tags: tuple[str, ...]


class MarkFeed:
    """The accounts touched by events that the account table has not heard of yet."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def pending(self, limit: int) -> tuple[list[AccountMarks], int]:
        """Read the next `limit` events; return the accounts they touched, as they are now, and the place after."""
        now_us = self._clock.now_us()
        with self._db.read() as tx:
            heard = _heard(tx)
            rows = _events_after(tx, heard, limit)
            touched = dict.fromkeys(row.uri for row in rows if row.uri == row.did and row.type in _TYPES)
            marks = [_marks_of(Did(uri), read_status(tx, uri, now_us)) for uri in touched]
        return marks, (rows[-1].id if rows else heard)

    def heard(self) -> int:
        """The place that `done` was last told; 0 at first."""
        with self._db.read() as tx:
            return _heard(tx)

    def done(self, place: int) -> None:
        """The account table holds what `pending` said up to `place`."""
        with self._db.write("moderation.marks") as tx:
            tx.execute(self._db.insert_or_ignore(CONSUMER_OFFSET), {"consumer": _CONSUMER, "log_offset": 0})
            tx.execute(update(CONSUMER_OFFSET).where(CONSUMER_OFFSET.c.consumer == _CONSUMER).values(log_offset=place))


def _heard(tx: Connection) -> int:
    query = select(CONSUMER_OFFSET.c.log_offset).where(CONSUMER_OFFSET.c.consumer == _CONSUMER)
    return int(tx.execute(query).scalar() or 0)


def _events_after(tx: Connection, place: int, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    columns = MODERATION_EVENT.c
    return tx.execute(
        select(columns.id, columns.type, columns.did, columns.uri)
        .where(columns.id > place)
        .order_by(columns.id)
        .limit(limit)
    ).all()


def _marks_of(did: Did, status: SubjectStatus) -> AccountMarks:
    return AccountMarks(did, tuple(sorted({val for val, _ in status.labels})), tuple(sorted(status.tags)))
