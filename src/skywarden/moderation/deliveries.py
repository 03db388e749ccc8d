"""Keep messages for webhooks until they are sent or given up; who sends them is joined in `app/`.

Retry: a message is sent at least once; its decision number tells the receiver that it has come before.
Crash: what was sent and not yet marked is sent again. Two writers: one sender a database.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.ids import UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import DELIVERY

WAITING, SENT, FAILED, CANCELLED = "waiting", "sent", "failed", "cancelled"

MOST_ATTEMPTS = 12
FIRST_PAUSE_S = 10
MOST_PAUSE_S = 6 * 3_600
"""Twelve attempts with doubling pauses take about 11 hours."""

_ERROR_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for a webhook; `attempts` is how often it was tried."""

    number: int
    decision: int
    hook: str
    body: bytes
    attempts: int


class DeliveryQueue:
    """The messages of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, now_us: UtcMicros, limit: int) -> list[Delivery]:
        """Messages whose time has come, those that have waited longest first."""
        query = (
            select(DELIVERY)
            .where(DELIVERY.c.state == WAITING, DELIVERY.c.next_us <= now_us)
            .order_by(DELIVERY.c.next_us, DELIVERY.c.number)
            .limit(limit)
        )
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        return [Delivery(row.number, row.decision_id, row.hook, row.body_json.encode(), row.attempts) for row in rows]

    def sent(self, delivery: Delivery) -> None:
        """The webhook has it."""
        self._update(delivery, state=SENT, attempts=delivery.attempts + 1, last_error="")

    def put_off(self, delivery: Delivery, error: str, now_us: UtcMicros) -> bool:
        """Try again later; False when it has been tried often enough and is given up."""
        attempts = delivery.attempts + 1
        pause_s = min(FIRST_PAUSE_S * 2**delivery.attempts, MOST_PAUSE_S)
        again = attempts < MOST_ATTEMPTS
        self._update(
            delivery,
            state=WAITING if again else FAILED,
            attempts=attempts,
            next_us=now_us + pause_s * SECOND_US,
            last_error=error[:_ERROR_CHARACTERS],
        )
        return again

    def give_up(self, delivery: Delivery, error: str) -> None:
        """The webhook will never take it."""
        self._update(delivery, state=FAILED, attempts=delivery.attempts + 1, last_error=error[:_ERROR_CHARACTERS])

    def _update(self, delivery: Delivery, **values: object) -> None:
        with self._db.write("moderation.delivery") as tx:
            tx.execute(update(DELIVERY).where(DELIVERY.c.number == delivery.number).values(**values))
