"""Keep which records are to be looked at again, and number them when their time has come.

Retry: asking again for the same look changes nothing. Crash: a look is kept until `forget` is told that it is in the
log; its place among the due ones never changes. Two writers: one engine asks, one feed reads.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.effect import Effect
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import RECHECK

_PLACE = (
    update(RECHECK)
    .where(RECHECK.c.log_offset == bindparam("of_offset"), RECHECK.c.after_us == bindparam("of_after"))
    .values(place=bindparam("at_place"))
)


@dataclass(frozen=True, slots=True)
class Recheck:
    """One record of the log that is due; `rules` asked for it."""

    place: int
    offset: Offset
    rules: tuple[str, ...]


def ask_rechecks(db: Database, tx: Connection, asked: Sequence[Effect], now_us: UtcMicros) -> None:
    """Keep what the rules asked for, in the transaction that stores the engine's offset.

    Due so long after now, or after the event where that is later: a stream that lags gives no more time to look up.
    """
    rules = defaultdict[tuple[int, int, int], set[str]](set)
    for effect in asked:
        after_us, _, rule = effect.value.partition(" ")
        rules[effect.offset, int(after_us), effect.time_us].add(rule)
    rows = [
        {
            "log_offset": offset,
            "after_us": after_us,
            "rules_json": msgspec.json.encode(sorted(names)).decode(),
            "due_us": max(time_us, now_us) + after_us,
        }
        for (offset, after_us, time_us), names in rules.items()
    ]
    if rows:
        tx.execute(db.insert_or_ignore(RECHECK), rows)


class RecheckSchedule:
    """The looks of one database, in the order in which they fall due."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, after: int, now_us: UtcMicros, limit: int) -> list[Recheck]:
        """Looks whose time has come, from place `after` (exclusive) on, each with a place of its own."""
        self._number(now_us, limit)
        query = select(RECHECK).where(RECHECK.c.place > after).order_by(RECHECK.c.place).limit(limit)
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        return [
            Recheck(row.place, Offset(row.log_offset), tuple(msgspec.json.decode(row.rules_json, type=list[str])))
            for row in rows
        ]

    def forget(self, upto: int) -> None:
        """The looks up to this place are in the log."""
        done = RECHECK.c.place <= upto
        with self._db.read() as tx:
            if tx.execute(select(RECHECK.c.place).where(done).limit(1)).first() is None:
                return
        with self._db.write("moderation.recheck") as tx:
            tx.execute(delete(RECHECK).where(done))

    def _number(self, now_us: UtcMicros, limit: int) -> None:
        due = (
            select(RECHECK.c.log_offset, RECHECK.c.after_us)
            .where(RECHECK.c.place.is_(None), RECHECK.c.due_us <= now_us)
            .order_by(RECHECK.c.due_us, RECHECK.c.log_offset)
            .limit(limit)
        )
        with self._db.read() as tx:
            if tx.execute(due.limit(1)).first() is None:
                return
        with self._db.write("moderation.recheck") as tx:
            rows = tx.execute(due).all()
            first = take_numbers(self._db, tx, "recheck", len(rows))
            placed = [
                {"of_offset": row.log_offset, "of_after": row.after_us, "at_place": place}
                for place, row in enumerate(rows, first)
            ]
            tx.execute(_PLACE, placed)
