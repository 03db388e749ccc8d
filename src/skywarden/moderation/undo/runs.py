"""Keep undo runs in rows: what each is to take back, how far it is, how it stands.

Crash: a run's place moves in the transaction of what it did there. Two writers: a row is locked while it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import UNDO_RUN

NO_SUCH_RUN = "no such undo"
_COUNTER = "undo_run"


class RunState(StrEnum):
    """How a run stands; only a running one is worked on."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Phase(StrEnum):
    """What a run does next: call off what waits, collect what was decided, take it back."""

    PENDING = "pending"
    COLLECT = "collect"
    REVERSE = "reverse"


@dataclass(frozen=True, slots=True)
class Selection:
    """What to take back: what a rule (or one version of it) decided from `since_us` on and before `until_us`.

    With `decision`, only that decision and what the rule found done by it.
    """

    rule: str
    since_us: UtcMicros
    until_us: UtcMicros
    version: str | None = None
    decision: int | None = None


@dataclass(frozen=True, slots=True)
class UndoRun:
    """One run. `of_run`: it puts back what that run took back. `settled` of `total` items are done.

    `place` is the decision up to which items are collected, `upto` the last one that counts.
    """

    id: int
    selection: Selection
    of_run: int | None
    reason: str
    created_by: str
    created_us: UtcMicros
    ended_us: UtcMicros | None
    state: RunState
    phase: Phase
    place: int
    upto: int
    total: int
    settled: int
    looks: int

    @property
    def puts_back(self) -> bool:
        """Whether it undoes an undo."""
        return self.of_run is not None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as it is asked for, by whom and why."""

    selection: Selection
    created_by: str
    reason: str = ""
    of_run: int | None = None


def make_run(db: Database, tx: Connection, new: NewRun, now_us: UtcMicros) -> int:
    """Store a run that begins at once; return its number."""
    number, asked = take_numbers(db, tx, _COUNTER, 1), new.selection
    row = {
        "id": number,
        "rule": asked.rule,
        "version": asked.version,
        "since_us": asked.since_us,
        "until_us": asked.until_us,
        "decision_id": asked.decision,
        "of_run": new.of_run,
        "reason": new.reason,
        "created_by": new.created_by,
        "created_us": now_us,
        "updated_us": now_us,
        "state": RunState.RUNNING.value,
        "phase": Phase.PENDING.value,
        **dict.fromkeys(("place", "upto", "total", "settled", "looks"), 0),
    }
    tx.execute(insert(UNDO_RUN), row)
    return number


def lock_run(tx: Connection, number: int) -> UndoRun:
    """Read a run so that nobody else changes it before this transaction ends. Raises: Rejected, when there is none."""
    row = tx.execute(select(UNDO_RUN).where(UNDO_RUN.c.id == number).with_for_update()).one_or_none()
    return _found(row, number)


def read_run(tx: Connection, number: int) -> UndoRun:
    """One run. Raises: Rejected, when there is none."""
    return _found(tx.execute(select(UNDO_RUN).where(UNDO_RUN.c.id == number)).one_or_none(), number)


def move_run(tx: Connection, number: int, values: Mapping[str, object], now_us: UtcMicros) -> None:
    """Write what has changed of a run that this transaction has locked."""
    tx.execute(update(UNDO_RUN).where(UNDO_RUN.c.id == number).values(**values, updated_us=now_us))


def newest_runs(tx: Connection, limit: int) -> list[UndoRun]:
    """Runs, newest first."""
    return [run_of(row) for row in tx.execute(select(UNDO_RUN).order_by(UNDO_RUN.c.id.desc()).limit(limit))]


def first_running(tx: Connection) -> UndoRun | None:
    """The oldest run that is to be worked on."""
    running = UNDO_RUN.c.state == RunState.RUNNING.value
    row = tx.execute(select(UNDO_RUN).where(running).order_by(UNDO_RUN.c.id).limit(1)).one_or_none()
    return None if row is None else run_of(row)


def _found(row: Row[Any] | None, number: int) -> UndoRun:
    if row is None:
        raise Rejected(NO_SUCH_RUN, place=str(number), expected="the number of an undo", hint="skywarden undo list")
    return run_of(row)


def run_of(row: Row[Any]) -> UndoRun:
    """The run of a row."""
    return UndoRun(
        id=row.id,
        selection=Selection(
            rule=row.rule,
            since_us=UtcMicros(row.since_us),
            until_us=UtcMicros(row.until_us),
            version=row.version,
            decision=row.decision_id,
        ),
        of_run=row.of_run,
        reason=row.reason,
        created_by=row.created_by,
        created_us=UtcMicros(row.created_us),
        ended_us=None if row.ended_us is None else UtcMicros(row.ended_us),
        state=RunState(row.state),
        phase=Phase(row.phase),
        place=row.place,
        upto=row.upto,
        total=row.total,
        settled=row.settled,
        looks=row.looks,
    )
