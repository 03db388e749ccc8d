"""An undo of 10,000 effects is killed again and again: what it leaves is what would be there without the rule.

The oracle is a second database in which the same people and the other rule act and the undone rule does not. Where a
person answered something that is not there now, the subject is left out of the comparison and looked at by itself.
"""

import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from audit_trail import audited
from proposals import account, make_effect
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.events import (
    ModEvent,
    ModEventAcknowledge,
    ModEventEscalate,
    ModEventLabel,
    ModEventReport,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
)
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.subject_rows import statuses_of
from skywarden.moderation.undo import RunState, Selection
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import DECISION, EFFECT, LABEL_REQUEST, REPORT, SUBJECT, UNDO_ITEM
from undoing import ANN, SPAM, Desk

EFFECTS, ACCOUNTS, PEOPLES = 10_000, 2_500, 400
KILLS = 8
TESTS = Path(__file__).parents[1]

PROPOSED = [
    *[(EffectKind.LABEL, "spam")] * 4,
    *[(EffectKind.TAG, "odd")] * 2,
    (EffectKind.LABEL, "rude"),
    (EffectKind.REPORT, "spam"),
    (EffectKind.TAKEDOWN, ""),
    (EffectKind.ESCALATE, ""),
    (EffectKind.ADD_TO_SET, "bad"),
]
DECIDED: list[tuple[ModEvent, Did]] = [
    (ModEventLabel(("spam",), ()), ANN),
    (ModEventLabel((), ("spam",)), ANN),
    (ModEventTag(("odd",), ()), ANN),
    (ModEventTag((), ("odd",)), ANN),
    (ModEventReport(SPAM), Did("did:plc:reporter")),
    (ModEventEscalate(), ANN),
    (ModEventAcknowledge(), ANN),
    (ModEventTakedown(), ANN),
    (ModEventReverseTakedown(), ANN),
]


@dataclass(frozen=True, slots=True)
class Round:
    """What rules propose at once, then what people do."""

    effects: list[Effect]
    people: list[tuple[Subject, ModEvent, Did]]


def rounds(rng: random.Random) -> Iterator[Round]:
    """Five of them: one effect in six is another rule's."""
    for part in range(5):
        effects = []
        for number in range(part * EFFECTS // 5 * 6 // 5, (part + 1) * EFFECTS // 5 * 6 // 5):
            kind, value = rng.choice(PROPOSED)
            rule = "other" if number % 6 == 5 else "waves"
            effects.append(make_effect(number + 1, account(rng.randrange(ACCOUNTS)), kind=kind, value=value, rule=rule))
        people = [(account(rng.randrange(ACCOUNTS)), *rng.choice(DECIDED)) for _ in range(PEOPLES // 5)]
        yield Round(effects, people)


def play(desk: Desk, *, without: str = "", skipping: set[int] | None = None) -> tuple[set[int], Counter[str]]:
    """Let all act, but for one rule; return the places of people's acts that were refused, and whom they met."""
    refused, place, met = set[int](), 0, Counter[str]()
    for part in rounds(random.Random(13)):
        effects = [effect for effect in part.effects if effect.rule != without]
        desk.service.outbox.store([], effects, Offset(effects[-1].offset))
        desk.decide()
        for subject, event, by in part.people:
            place += 1
            met[subject.uri] += 1
            if skipping is not None and place in skipping:
                continue
            try:
                desk.person(subject, event, by)
            except Rejected:
                refused.add(place)
                met[f"refused {subject.uri}"] += 1
    return refused, met


def statuses(db: Database) -> dict[str, SubjectStatus]:
    """Every status that says something, without the moments, which differ by how the clock stood."""
    with db.read() as tx:
        found = statuses_of(tx, tx.execute(select(SUBJECT)).all())
    plain = {uri: replace(status, last_reported_us=None, last_reviewed_us=None) for uri, status in found.items()}
    return {uri: status for uri, status in plain.items() if status != SubjectStatus()}


def kill_and_resume(url: str, rng: random.Random) -> int:
    """Start the work and kill it at a random seam, some times, then let it end; return how often it was killed."""
    command = [sys.executable, "-m", "servers.undo_worker", url]
    environment = {"PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}", "PATH": "/usr/bin:/bin"}
    killed = 0
    for _ in range(KILLS):
        done = subprocess.run([*command, str(rng.randint(1, 6))], env=environment, check=False, capture_output=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
        killed += done.returncode == -signal.SIGKILL
    subprocess.run([*command, "0"], env=environment, check=True, capture_output=True)
    return killed


@pytest.mark.timeout(900)
def test_nothing_of_the_rule_is_left_however_often_its_undo_is_killed(tmp_path: Path) -> None:
    template = f"sqlite:///{tmp_path / 'empty.db'}"
    empty = open_database(template)
    migrate(empty)
    empty.close()
    for name in ("undone", "without"):
        shutil.copy(tmp_path / "empty.db", tmp_path / f"{name}.db")
    undone = Desk(open_database(f"sqlite:///{tmp_path / 'undone.db'}"))
    refused, met = play(undone)
    without = Desk(open_database(f"sqlite:///{tmp_path / 'without.db'}"))
    _, met_without = play(without, without="waves", skipping=refused)
    run = undone.undo.take_back(Selection("waves", UtcMicros(0), undone.clock.now_us()), "cli")
    assert kill_and_resume(f"sqlite:///{tmp_path / 'undone.db'}", random.Random(5)) == KILLS
    view = undone.undo.run(run.id)
    assert (view.run.state, view.run.settled) == (RunState.DONE, view.run.total)
    odd = {uri.removeprefix("refused ") for uri in (*met, *met_without) if uri.startswith("refused ")}
    left, expected = statuses(undone.db), statuses(without.db)
    residue = {uri for uri in {*left, *expected} - odd if left.get(uri) != expected.get(uri)}
    assert residue == set()
    assert len(odd) < PEOPLES / 4
    assert_once(undone.db, run.id)
    for desk in (undone, without):
        desk.db.close()


def assert_once(db: Database, run: int) -> None:
    """Each decision of the rule is settled once, and has at most one event that takes it back."""
    with db.read() as tx:
        applied = tx.execute(
            select(func.count()).where(DECISION.c.rule == "waves", DECISION.c.outcome.in_(["applied", "already"]))
        ).scalar_one()
        items = tx.execute(select(UNDO_ITEM).where(UNDO_ITEM.c.run_id == run)).all()
        causes = tx.execute(select(DECISION.c.cause).where(DECISION.c.cause.like("undo:%"))).scalars().all()
        effects = tx.execute(select(func.count()).where(EFFECT.c.rule == "waves")).scalar_one()
        open_tickets = tx.execute(
            select(func.count()).where(REPORT.c.rule == "waves", REPORT.c.state != "closed")
        ).scalar_one()
        asked = tx.execute(select(LABEL_REQUEST.c.cause)).scalars().all()
    assert effects == EFFECTS
    assert len(items) == applied
    assert {item.state for item in items} <= {"done", "spared", "gone", "asked"}
    assert sorted(causes) == sorted({f"undo:{run}:{item.decision_id}" for item in items if item.event_id is not None})
    assert len(asked) == len(set(asked))
    assert open_tickets == 0
    audited(db)
