"""Take back what a rule did: say beforehand what that means, begin, go on, stop, and put it back again.

Retry: every step may be repeated; what is settled is never done again.
Crash: a run goes on from its rows; each chunk is one transaction. Two writers: chunks queue at the lock of events.
"""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, func, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.service import ModerationService
from skywarden.moderation.undo.chunk import ReversingChunk
from skywarden.moderation.undo.collecting import CallingOffChunk, collect
from skywarden.moderation.undo.items import ItemCount, StoredItem, count_items, page_items
from skywarden.moderation.undo.judge import ItemState
from skywarden.moderation.undo.preview import Preview, preview
from skywarden.moderation.undo.runs import (
    NewRun,
    Phase,
    RunState,
    Selection,
    UndoRun,
    first_running,
    lock_run,
    make_run,
    move_run,
    newest_runs,
    read_run,
)
from skywarden.observe.catalog import UNDO_ITEMS
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, UNDO_RUN

CHUNK = 500
"""Items in one transaction: events of others wait for it, a quarter of a second at most."""

COLLECTED = 2_000
NOT_A_RULES = "not a rule's decision"


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with how its items stand."""

    run: UndoRun
    counts: tuple[ItemCount, ...]


class UndoService:
    """Undo runs of one database; `did` is the labeler, in whose name they act."""

    def __init__(
        self, db: Database, moderation: ModerationService, did: Did, *, clock: Clock, metrics: Metrics
    ) -> None:
        self._db = db
        self._moderation = moderation
        self._did = did
        self._clock = clock
        self._metrics = metrics

    def of_decision(self, decision: int) -> Selection:
        """The selection of one decision. Raises: Rejected, when no rule made it."""
        columns = DECISION.c
        with self._db.read() as tx:
            row = tx.execute(select(columns.rule, columns.created_us).where(columns.id == decision)).one_or_none()
        if row is None or row.rule is None:
            raise Rejected(NOT_A_RULES, place=str(decision), expected="the number of a decision on a rule's effect")
        made_us = UtcMicros(row.created_us)
        return Selection(row.rule, made_us, UtcMicros(made_us + 1), decision=decision)

    def preview(self, asked: Selection) -> Preview:
        """What taking the selection back would do; nothing is changed."""
        return preview(self._db, asked, self._did, self._clock.now_us())

    def preview_again(self, run: int) -> Preview:
        """What putting back what a run took back would do. Raises: Rejected, as `put_back` does."""
        with self._db.read() as tx:
            asked = _undone(tx, run).selection
        return preview(self._db, asked, self._did, self._clock.now_us(), of_run=run)

    def take_back(self, asked: Selection, by: str, reason: str = "") -> UndoRun:
        """Begin a run that takes the selection back; a job works on it from now on."""
        return self._begin(NewRun(asked, by, reason))

    def put_back(self, run: int, by: str, reason: str = "") -> UndoRun:
        """Begin a run that puts back what another took back.

        Raises: Rejected, when there is no such run, it still runs, or it put something back itself.
        """
        with self._db.read() as tx:
            undone = _undone(tx, run)
        return self._begin(NewRun(undone.selection, by, reason, of_run=run))

    def _begin(self, new: NewRun) -> UndoRun:
        now_us = self._clock.now_us()
        with self._db.write("undo.begin") as tx:
            number = make_run(self._db, tx, new, now_us)
            self._audit(tx, new.created_by, "undo_begin", number, now_us)
            return read_run(tx, number)

    def stop(self, run: int, by: str) -> UndoRun:
        """Let a run end after its present chunk. Raises: Rejected, when it does not run."""
        return self._turn(run, by, RunState.RUNNING, RunState.STOPPED, "undo_stop")

    def resume(self, run: int, by: str) -> UndoRun:
        """Have a stopped run go on. Raises: Rejected, when it was not stopped."""
        return self._turn(run, by, RunState.STOPPED, RunState.RUNNING, "undo_resume")

    def _turn(self, run: int, by: str, was: RunState, becomes: RunState, action: str) -> UndoRun:
        now_us = self._clock.now_us()
        with self._db.write("undo.turn") as tx:
            found = lock_run(tx, run)
            if found.state is not was:
                raise Rejected(f"undo {run} is {found.state}", expected=f"one that is {was}")
            move_run(tx, run, {"state": becomes.value}, now_us)
            self._audit(tx, by, action, run, now_us)
            return read_run(tx, run)

    def runs(self, limit: int = 50) -> list[UndoRun]:
        """Runs, newest first."""
        with self._db.read() as tx:
            return newest_runs(tx, limit)

    def run(self, number: int) -> RunView:
        """One run with how its items stand. Raises: Rejected, when there is none."""
        with self._db.read() as tx:
            return RunView(read_run(tx, number), tuple(count_items(tx, number)))

    def items(self, run: int, states: Collection[ItemState] = (), after: int = 0, limit: int = 100) -> list[StoredItem]:
        """Items of a run after a decision, in the order of their decisions."""
        with self._db.read() as tx:
            return page_items(tx, run, states, after, limit)

    def due_us(self) -> int | None:
        """Since when a run waits to be worked on; None when none does."""
        with self._db.read() as tx:
            found = first_running(tx)
        return None if found is None else found.created_us

    def pending(self) -> int:
        """How many items of running runs wait."""
        waiting = func.coalesce(func.sum(UNDO_RUN.c.total - UNDO_RUN.c.settled), 0)
        with self._db.read() as tx:
            return int(tx.execute(select(waiting).where(UNDO_RUN.c.state == RunState.RUNNING.value)).scalar_one())

    def step(self) -> int | None:
        """Do the next chunk of the oldest run; how many items that settled, None when no run is left."""
        with self._db.read() as tx:
            run = first_running(tx)
        if run is None:
            return None
        if run.phase is Phase.COLLECT:
            collect(self._db, self._clock, run.id, COLLECTED)
            return 0
        if run.phase is Phase.PENDING:
            calling = CallingOffChunk(run.id, self._did, CHUNK)
            self._moderation.take_back(calling)
            return calling.settled
        chunk = ReversingChunk(self._db, run.id, self._did, CHUNK)
        self._moderation.take_back(chunk)
        self._metrics.add(UNDO_ITEMS, chunk.settled, direction="again" if run.puts_back else "back")
        return chunk.settled

    def _audit(self, tx: Connection, by: str, action: str, run: int, now_us: UtcMicros) -> None:
        row = tx.execute(select(UNDO_RUN).where(UNDO_RUN.c.id == run)).one()
        change = {name: row._mapping[name] for name in _AUDITED}
        append_audit(self._db, tx, [Change(by, action, f"undo:{run}", msgspec.json.encode(change).decode())], now_us)


_AUDITED = ("rule", "version", "since_us", "until_us", "decision_id", "of_run", "reason", "state", "total", "settled")


def _undone(tx: Connection, run: int) -> UndoRun:
    found = read_run(tx, run)
    if found.puts_back:
        raise Rejected(f"undo {run} put something back", expected="a run that took back", hint="begin a new undo")
    if found.state is RunState.RUNNING:
        raise Rejected(f"undo {run} is running", expected="one that is done or stopped", hint=f"undo stop {run}")
    return found
