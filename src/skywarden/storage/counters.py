"""Hand out numbers that are never given twice, each range inside the transaction that uses it."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from skywarden.storage.engine import Database
from skywarden.storage.tables import COUNTER


@dataclass(frozen=True, slots=True)
class Counter:
    """The last number given, and for a hash chain the hash of its last row."""

    number: int
    hash: bytes | None = None


def read_counter(tx: Connection, name: str) -> Counter:
    """The counter's present state without locking it; number 0 when it was never used."""
    row = tx.execute(select(COUNTER.c.number, COUNTER.c.hash).where(COUNTER.c.name == name)).one_or_none()
    return Counter(0) if row is None else Counter(row.number, row.hash)


def lock_counter(db: Database, tx: Connection, name: str) -> Counter:
    """Read the counter so that no other transaction moves it before this one ends."""
    query = select(COUNTER.c.number, COUNTER.c.hash).where(COUNTER.c.name == name).with_for_update()
    row = tx.execute(query).one_or_none()
    if row is None:
        tx.execute(db.insert_or_ignore(COUNTER), {"name": name, "number": 0})
        row = tx.execute(query).one()
    return Counter(row.number, row.hash)


def move_counter(tx: Connection, name: str, counter: Counter) -> None:
    """Store the state of a counter that this transaction has locked."""
    tx.execute(update(COUNTER).where(COUNTER.c.name == name).values(number=counter.number, hash=counter.hash))


def take_numbers(db: Database, tx: Connection, name: str, count: int) -> int:
    """Take `count` numbers in a row; return the first."""
    counter = lock_counter(db, tx, name)
    move_counter(tx, name, Counter(counter.number + count, counter.hash))
    return counter.number + 1
