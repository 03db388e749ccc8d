"""Chain every change into an audit log in which no row can be altered or removed unseen."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, insert, select

from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import UtcMicros
from skywarden.storage import Database
from skywarden.storage.counters import Counter, lock_counter, move_counter, read_counter
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import AUDIT

COUNTER_NAME = "audit"
_INSERT = Prepared(insert(AUDIT))
GENESIS = bytes(32)
"""The hash before the first row."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: who did what to which subject; `change_json` holds before and after."""

    actor: str
    action: str
    target: str
    change_json: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change with its place in the chain and its time."""

    number: int
    at_us: UtcMicros
    change: Change


def append_audit(db: Database, tx: Connection, changes: Sequence[Change], at_us: UtcMicros) -> None:
    """Add the changes to the chain in the transaction that makes them."""
    if not changes:
        return
    counter = lock_counter(db, tx, COUNTER_NAME)
    number, chained = counter.number, counter.hash or GENESIS
    rows: list[dict[str, object]] = []
    for change in changes:
        number += 1
        chained = _chain(chained, number, at_us, change)
        rows.append(
            {
                "number": number,
                "at_us": at_us,
                "actor": change.actor,
                "action": change.action,
                "target": change.target,
                "change_json": change.change_json,
                "hash": chained,
            }
        )
    _INSERT.run_all(tx, rows)
    move_counter(tx, COUNTER_NAME, Counter(number, chained))


def verify_audit(db: Database) -> int:
    """Recompute the whole chain; return how many rows it has.

    Raises: Broken, naming the first row that was altered, removed or added by another hand.
    """
    with db.read() as tx:
        expected, chained = 0, GENESIS
        with tx.execution_options(yield_per=1000).execute(select(AUDIT).order_by(AUDIT.c.number)) as rows:
            for row in rows:
                expected += 1
                change = Change(row.actor, row.action, row.target, row.change_json)
                chained = _chain(chained, expected, row.at_us, change)
                if row.number != expected or row.hash != chained:
                    raise Broken(
                        f"audit row {expected}: the chain breaks here; found row {row.number} with another hash"
                    )
        head = read_counter(tx, COUNTER_NAME)
    if head.number != expected or (head.hash or GENESIS) != chained:
        raise Broken(f"audit: expected {head.number} rows, found {expected}; the last ones were removed")
    return expected


def recent_changes(db: Database, limit: int, *, target: str | None = None, actor: str | None = None) -> list[AuditRow]:
    """The newest changes, newest first, of one target or by one actor where given."""
    query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
    if target is not None:
        query = query.where(AUDIT.c.target == target)
    if actor is not None:
        query = query.where(AUDIT.c.actor == actor)
    with db.read() as tx:
        return [
            AuditRow(row.number, UtcMicros(row.at_us), Change(row.actor, row.action, row.target, row.change_json))
            for row in tx.execute(query)
        ]


def _chain(previous: bytes, number: int, at_us: int, change: Change) -> bytes:
    row = msgspec.json.encode([number, at_us, change.actor, change.action, change.target, change.change_json])
    return hashlib.sha256(previous + row).digest()
