"""Begin a run: call off what waits for a decision, then collect the decisions that it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.audit import Change
from skywarden.moderation.outbox import PendingEffect, mark_decided
from skywarden.moderation.proposal import Proposal, proposal_of
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo.calling_off import forget_looks, lock_pending
from skywarden.moderation.undo.items import add_cancelled, add_items, place_before, select_decisions, select_removed
from skywarden.moderation.undo.runs import Phase, RunState, UndoRun, lock_run, move_run
from skywarden.storage import Database


class CallingOffChunk:
    """Answer the next proposals of the selection that nobody has decided; used once."""

    def __init__(self, run_id: int, service: Did, limit: int) -> None:
        self._run_id = run_id
        self._service = service
        self._limit = limit
        self._run: UndoRun | None = None
        self._pending: list[PendingEffect] = []
        self._ids: Mapping[str, int] = {}
        self.settled = 0

    def subjects(self, tx: Connection, _now_us: UtcMicros) -> Sequence[Subject]:
        """The subjects of the proposals; none when the run was stopped, puts back, or is about one decision."""
        self._run = run = lock_run(tx, self._run_id)
        if run.state is RunState.RUNNING and not run.puts_back and run.selection.decision is None:
            self._pending = lock_pending(tx, run.selection, self._limit)
        return list({item.effect.subject.uri: item.effect.subject for item in self._pending}.values())

    def proposals(
        self, _tx: Connection, _statuses: Mapping[str, SubjectStatus], ids: Mapping[str, int], _now_us: UtcMicros
    ) -> Sequence[Proposal]:
        """The rule's proposals, each refused."""
        self._ids = ids
        why = f"undo {self._run_id} called it off before it was decided"
        return [replace(proposal_of(item.effect, self._service), refused=why, breakers=()) for item in self._pending]

    def finish(self, tx: Connection, first: int, now_us: UtcMicros) -> Sequence[Change]:
        """Keep the answers as items; when none is left, forget the second looks and begin to collect."""
        run, called = self._run, self._pending
        assert run is not None
        if run.state is not RunState.RUNNING:
            return []
        answers = [(n, self._ids[item.effect.subject.uri], item.effect.kind) for n, item in enumerate(called, first)]
        mark_decided(tx, called)
        add_cancelled(tx, run.id, answers)
        values: dict[str, object] = {"total": run.total + len(called), "settled": run.settled + len(called)}
        if len(called) < self._limit:
            last = first + len(called) - 1
            place = 0 if run.puts_back else place_before(tx, run.selection)
            values |= {
                "phase": Phase.COLLECT.value,
                "upto": last,
                "place": place,
            }
            values |= {"looks": 0 if run.puts_back else forget_looks(tx, run.selection)}
        move_run(tx, run.id, values, now_us)
        self.settled = len(called)
        return []


def collect(db: Database, clock: Clock, run_id: int, limit: int) -> None:
    """Keep the next decisions of a run as its items; when all are, begin to take them back."""
    now_us = clock.now_us()
    with db.write("undo.collect") as tx:
        run = lock_run(tx, run_id)
        if run.state is not RunState.RUNNING or run.phase is not Phase.COLLECT:
            return
        if run.of_run is None:
            found, place = select_decisions(tx, run.selection, run.place, run.upto, limit)
            ended = place >= run.upto
        else:
            found, place = select_removed(tx, run.of_run, run.place, limit)
            ended = not found
        values: dict[str, object] = {"total": run.total + add_items(tx, run.id, found), "place": place}
        move_run(tx, run.id, values | ({"phase": Phase.REVERSE.value} if ended else {}), now_us)
