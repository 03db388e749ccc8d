"""Hand out numbers that are never given twice, each range inside the transaction that uses it."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from skywarden.storage.engine import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import COUNTER

_OF_NAME = select(COUNTER.c.number, COUNTER.c.hash).where(COUNTER.c.name == bindparam("name"))
_READ, _LOCK = Prepared(_OF_NAME), Prepared(_OF_NAME.with_for_update())
_MOVE = Prepared(
    update(COUNTER).where(COUNTER.c.name == bindparam("of")).values(number=bindparam("to"), hash=bindparam("with_hash"))
)


@dataclass(frozen=True, slots=True)
class Counter:
    """The last number given, and for a hash chain the hash of its last row."""

    number: int
    hash: bytes | None = None


def read_counter(tx: Connection, name: str) -> Counter:
    """The counter's present state without locking it; number 0 when it was never used."""
    rows = _READ.rows(tx, {"name": name})
    return Counter(rows[0].number, rows[0].hash) if rows else Counter(0)


def lock_counter(db: Database, tx: Connection, name: str) -> Counter:
    """Read the counter so that no other transaction moves it before this one ends."""
    rows = _LOCK.rows(tx, {"name": name})
    if not rows:
        tx.execute(db.insert_or_ignore(COUNTER), {"name": name, "number": 0})
        rows = _LOCK.rows(tx, {"name": name})
    return Counter(rows[0].number, rows[0].hash)


def move_counter(tx: Connection, name: str, counter: Counter) -> None:
    """Store the state of a counter that this transaction has locked."""
    _MOVE.run(tx, {"of": name, "to": counter.number, "with_hash": counter.hash})


def take_numbers(db: Database, tx: Connection, name: str, count: int) -> int:
    """Take `count` numbers in a row; return the first."""
    counter = lock_counter(db, tx, name)
    move_counter(tx, name, Counter(counter.number + count, counter.hash))
    return counter.number + 1
