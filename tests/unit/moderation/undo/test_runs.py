"""A run is stopped, goes on, and survives a crash at each of its writes, on every database."""

import pytest
from sqlalchemy import func, select

from audit_trail import audited
from databases import Crash, Seams
from proposals import account
from skywarden.kernel.errors import Rejected
from skywarden.model.effect import EffectKind
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo import RunState
from skywarden.moderation.undo import service as undo_service
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, LABEL_REQUEST, REPORT_ACTIVITY
from undoing import Desk

ACCOUNTS = 4


def acted(database: Database) -> Desk:
    """A rule has labelled four accounts and reported each."""
    desk = Desk(database)
    desk.propose(
        [
            desk.effect(account(number), kind)
            for number in range(ACCOUNTS)
            for kind in (EffectKind.LABEL, EffectKind.REPORT)
        ]
    )
    desk.decide()
    return desk


def left(desk: Desk) -> int:
    """How many accounts still show what the rule did."""
    return sum(desk.status(account(number)) != SubjectStatus() for number in range(ACCOUNTS))


def test_a_stopped_run_goes_on_where_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_service, "CHUNK", 3)
    desk = acted(database)
    run = desk.undo.take_back(desk.everything(), "cli")
    while desk.undo.run(run.id).run.settled == 0:
        desk.undo.step()
    stopped = desk.undo.stop(run.id, "cli")
    assert (stopped.state, stopped.settled, left(desk)) == (RunState.STOPPED, 4, 2)
    assert desk.undo.step() is None
    with pytest.raises(Rejected, match="is stopped"):
        desk.undo.stop(run.id, "cli")
    desk.undo.resume(run.id, "cli")
    assert (desk.undo.pending(), desk.undo.due_us()) == (4, run.created_us)
    desk.finish()
    assert (left(desk), desk.undo.due_us()) == (0, None)


def test_what_a_stopped_run_did_can_be_put_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_service, "CHUNK", 3)
    desk = acted(database)
    run = desk.undo.take_back(desk.everything(), "cli")
    while desk.undo.run(run.id).run.settled == 0:
        desk.undo.step()
    desk.undo.stop(run.id, "cli")
    assert desk.put_back(run).total == 4
    assert left(desk) == ACCOUNTS


def test_a_crash_at_any_write_leaves_no_residue_and_does_nothing_twice(
    database: Database, seams: Seams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_service, "CHUNK", 3)
    desk = acted(database)
    run = desk.undo.take_back(desk.everything(), "cli")
    crashes, begun = 0, len(seams.passed)
    while True:
        # Each time one seam further, counted from the beginning of this process.
        seams.crash_after = len(seams.passed) + crashes % 3
        try:
            desk.finish()
        except Crash:
            crashes += 1
            continue
        break
    seams.crash_after = None
    assert crashes >= 6
    assert {place.partition(":")[0] for place in seams.passed[begun:]} == {"moderation.undo", "undo.collect"}
    assert left(desk) == 0
    assert desk.undo.run(run.id).run.settled == 2 * ACCOUNTS
    with database.read() as tx:
        undone = tx.execute(select(func.count()).where(DECISION.c.cause.like("undo:%"))).scalar_one()
        negated = tx.execute(select(func.count()).where(LABEL_REQUEST.c.neg.is_(True))).scalar_one()
        closed = tx.execute(select(func.count()).select_from(REPORT_ACTIVITY)).scalar_one()
    assert (undone, negated, closed) == (2 * ACCOUNTS, ACCOUNTS, ACCOUNTS)
    audited(database)
