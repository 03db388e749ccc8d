"""Take back (or put back) a run's next items: one transaction that finds, decides, writes and settles them.

Retry and crash: an item is waiting until the transaction that did everything about it.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.audit import Change
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.put_back import PutBack
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.subject_rows import subject_of
from skywarden.moderation.undo.beside import SETS, write_entries
from skywarden.moderation.undo.calling_off import propose_again
from skywarden.moderation.undo.items import Found, next_items, settle_items
from skywarden.moderation.undo.judge import Item, ItemState
from skywarden.moderation.undo.runs import RunState, UndoRun, lock_run, move_run
from skywarden.moderation.undo.survey import Known, Look, Survey, look_at
from skywarden.moderation.undo.tickets import save_moves
from skywarden.moderation.undo.wording import undo_proposal
from skywarden.storage import Database
from skywarden.storage.tables import SUBJECT

_NO_CHANGE = PutBack(SubjectStatus(), SubjectStatus(), frozenset())


class ReversingChunk:
    """The next items of one run; used once. `settled` says how many were, once it is durable."""

    def __init__(self, db: Database, run_id: int, service: Did, limit: int) -> None:
        self._db = db
        self._run_id = run_id
        self._service = service
        self._limit = limit
        self._items: list[Found] = []
        self._subjects: dict[int, Subject] = {}
        self._order: list[int] = []
        self._survey = Survey({})
        self._run: UndoRun | None = None
        self.settled = 0

    def subjects(self, tx: Connection, _now_us: UtcMicros) -> Sequence[Subject]:
        """The subjects of the next items; none when the run was stopped."""
        self._run = lock_run(tx, self._run_id)
        if self._run.state is not RunState.RUNNING:
            return []
        stored = next_items(tx, self._run_id, self._limit)
        self._items = [Found(item.subject_id, Item(item.decision, EffectKind(item.kind))) for item in stored]
        wanted = {item.subject_id for item in stored}
        columns = SUBJECT.c
        query = select(columns.id, columns.did, columns.uri, columns.convo_id).where(columns.id.in_(wanted))
        self._subjects = {row.id: subject_of(row) for row in tx.execute(query)} if wanted else {}
        return list(self._subjects.values())

    def proposals(
        self, tx: Connection, statuses: Mapping[str, SubjectStatus], _ids: Mapping[str, int], now_us: UtcMicros
    ) -> Sequence[Proposal]:
        """One event for each decision that has left something."""
        run = self._run
        assert run is not None
        if not self._items:
            return []
        look = Look(now_us, self._service, run.of_run, lock=True)
        known = {number: Known(subject, statuses[subject.uri]) for number, subject in self._subjects.items()}
        survey = self._survey = look_at(self._db, tx, look, self._items, known)
        in_sets = (
            answer.id
            for answer in survey.answers.values()
            if answer.kind in SETS and survey.findings[answer.id].state is ItemState.DONE
        )
        put_backs = dict.fromkeys(in_sets, _NO_CHANGE) | survey.put_backs
        self._order = sorted(put_backs)
        return [
            undo_proposal(
                run,
                survey.answers[number],
                self._subjects[survey.subject_of[number]],
                put_backs[number],
                self._service,
                now_us,
            )
            for number in self._order
        ]

    def finish(self, tx: Connection, first: int, now_us: UtcMicros) -> Sequence[Change]:
        """Write entries, tickets and the items; a run without items is done."""
        run, survey = self._run, self._survey
        assert run is not None
        if run.state is not RunState.RUNNING:
            return []
        if not self._items:
            move_run(tx, run.id, {"state": RunState.DONE.value, "ended_us": now_us}, now_us)
            return []
        events = {decision: number for number, decision in enumerate(self._order, first)}
        back = not run.puts_back
        write_entries(tx, survey.entries, survey.findings, survey.set_ids, now_us, back=back)
        propose_again(self._db, tx, run.id, survey.uncalled)
        changes = save_moves(self._db, tx, survey.moves, events, self._service, now_us)
        settle_items(tx, run, self._items, survey.findings, events, survey.kept)
        move_run(tx, run.id, {"settled": run.settled + len(self._items)}, now_us)
        self.settled = len(self._items)
        return changes
