"""Tell, in the order of decisions, which accounts' labels and tags have changed, so that later events carry them.

Retry and crash: `pending` says the same again until `done`; each answer is the whole present state of an account, so
hearing it twice changes nothing. Two writers: one consumer.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.moderation.load import read_status
from skywarden.storage import Database
from skywarden.storage.tables import CONSUMER_OFFSET, DECISION, SUBJECT

_CONSUMER = "marks"
_KINDS = (EffectKind.LABEL.value, EffectKind.TAG.value)


@dataclass(frozen=True, slots=True)
class AccountMarks:
    """All labels and tags that decisions have put on an account and not taken back; sorted."""

    did: Did
    labels: tuple[str, ...]
    tags: tuple[str, ...]


class MarkFeed:
    """The accounts touched by decisions that the account table has not heard of yet."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def pending(self, limit: int) -> tuple[list[AccountMarks], int]:
        """Read the next `limit` decisions; return the accounts they touched, as they are now, and the place after."""
        with self._db.read() as tx:
            heard = tx.execute(
                select(CONSUMER_OFFSET.c.log_offset).where(CONSUMER_OFFSET.c.consumer == _CONSUMER)
            ).scalar()
            rows = tx.execute(
                select(DECISION.c.id, DECISION.c.outcome, DECISION.c.kind, SUBJECT.c.uri, SUBJECT.c.record_path)
                .join(SUBJECT, DECISION.c.subject_id == SUBJECT.c.id)
                .where(DECISION.c.id > (heard or 0))
                .order_by(DECISION.c.id)
                .limit(limit)
            ).all()
            touched = {
                row.uri: None
                for row in rows
                if row.record_path == "" and row.outcome == Outcome.APPLIED.value and row.kind in _KINDS
            }
            now_us = self._clock.now_us()
            marks = []
            for uri in touched:
                status = read_status(tx, uri, now_us)
                labels = tuple(sorted({val for val, _ in status.labels}))
                marks.append(AccountMarks(Did(uri), labels, tuple(sorted(status.tags))))
        return marks, (rows[-1].id if rows else heard or 0)

    def done(self, place: int) -> None:
        """The account table holds what `pending` said up to `place`."""
        with self._db.write("moderation.marks") as tx:
            tx.execute(self._db.insert_or_ignore(CONSUMER_OFFSET), {"consumer": _CONSUMER, "log_offset": 0})
            tx.execute(update(CONSUMER_OFFSET).where(CONSUMER_OFFSET.c.consumer == _CONSUMER).values(log_offset=place))
