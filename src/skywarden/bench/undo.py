"""Measure how fast what a rule did is taken back: the dry run, the undo, and the undo of the undo.

A rule's effects are decided first, as they would be live; people and a second rule have acted on some of the subjects
since. The rates are bound by the disk and by what else the machine does; the processor time is the steadier figure, and
of a database in a process of its own it leaves that process out.
"""

import contextlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind, effect_id
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEventLabel
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.service import ModerationService
from skywarden.moderation.undo import ItemState, Selection, UndoService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database, migrate, open_database

LABELER = Did("did:web:bench.example")
MODERATOR = Did("did:plc:moderator")
_RULE = "bench_waves"
_KINDS = (
    *[(EffectKind.LABEL, "spam")] * 6,
    *[(EffectKind.TAG, "wave")] * 2,
    (EffectKind.REPORT, "spam"),
    (EffectKind.TAKEDOWN, ""),
)
"""Six effects in ten are labels."""
_STORED = 5_000
_A_PERSON_IN, _ANOTHER_RULE_IN = 20, 20


class UndoFigures(msgspec.Struct, frozen=True):
    """What was measured: effects a second, and microseconds of this process's processor time an effect.

    `decided` is the same machine deciding the same effects in the same run: what the other figures compare with.
    """

    database: str
    effects: int
    taken_back: int
    spared: int
    decided_effects_per_s: float
    decided_cpu_us: float
    dry_run_effects_per_s: float
    undo_effects_per_s: float
    undo_cpu_us: float
    put_back_effects_per_s: float
    put_back_cpu_us: float


def measure_undo(url: str, effects: int) -> UndoFigures:
    """Decide the effects in a database, then measure; `url` "" is a SQLite file that is thrown away."""
    with tempfile.TemporaryDirectory() as data:
        db = open_database(url or f"sqlite:///{Path(data) / 'undo.db'}")
        with contextlib.closing(db):
            migrate(db)
            return _measure(db, effects)


def _measure(db: Database, effects: int) -> UndoFigures:
    clock, metrics = SystemClock(), Metrics()
    moderation = ModerationService(db, LABELER, clock=clock, metrics=metrics, push_targets=frozenset({"pds"}))
    rule, since_us = f"{_RULE}_{os.urandom(4).hex()}", clock.now_us()
    with _timed() as decided:
        _fill(moderation, rule, effects, since_us)
    undo = UndoService(db, moderation, LABELER, clock=clock, metrics=metrics)
    asked = Selection(rule, since_us, clock.now_us())
    with _timed() as dry:
        told = undo.preview(asked)
    with _timed() as back:
        run = undo.take_back(asked, "bench")
        _work(undo)
    counts = undo.run(run.id).counts
    with _timed() as again:
        undo.put_back(run.id, "bench")
        _work(undo)
    return UndoFigures(
        database=db.engine.dialect.name,
        effects=told.total,
        taken_back=sum(count.count for count in counts if count.state is ItemState.DONE),
        spared=sum(count.count for count in counts if count.state in (ItemState.SPARED, ItemState.GONE)),
        decided_effects_per_s=round(told.total / decided.wall_s),
        decided_cpu_us=round(1e6 * decided.cpu_s / told.total, 1),
        dry_run_effects_per_s=round(told.total / dry.wall_s),
        undo_effects_per_s=round(told.total / back.wall_s),
        undo_cpu_us=round(1e6 * back.cpu_s / told.total, 1),
        put_back_effects_per_s=round(told.total / again.wall_s),
        put_back_cpu_us=round(1e6 * again.cpu_s / told.total, 1),
    )


def _fill(moderation: ModerationService, rule: str, effects: int, at_us: UtcMicros) -> None:
    rng = random.Random(effects)  # noqa: S311 - made-up accounts
    made = list(_effects(rng, rule, effects, at_us))
    for begin in range(0, len(made), _STORED):
        some = made[begin : begin + _STORED]
        moderation.outbox.store([], some, Offset(begin + len(some)))
        while moderation.decide_pending():
            continue
    people = rng.sample(made, len(made) // _A_PERSON_IN)
    for begin in range(0, len(people), 100):
        events = [ModEventLabel(("spam",), ()) for _ in people[begin : begin + 100]]
        subjects = [effect.subject for effect in people[begin : begin + 100]]
        moderation.emit_all([NewEvent(event, one, MODERATOR) for event, one in zip(events, subjects, strict=True)])


def _effects(rng: random.Random, rule: str, count: int, at_us: UtcMicros) -> Iterator[Effect]:
    """Three effects of the rule an account on average; now and then another rule asks for the same label."""
    salt = os.urandom(4).hex()
    for number in range(count):
        subject = Subject.account(Did(f"did:plc:{salt}{rng.randrange(max(1, count // 3)):08}"))
        kind, value = rng.choice(_KINDS)
        yield _effect(rule, number, kind, value, subject, at_us)
        if number % _ANOTHER_RULE_IN == 0:
            yield _effect(f"{rule}_too", number, EffectKind.LABEL, "spam", subject, at_us)


def _effect(rule: str, number: int, kind: EffectKind, value: str, subject: Subject, at_us: UtcMicros) -> Effect:
    return Effect(
        effect_id=effect_id(rule, "v1", number, kind, value, subject),
        rule=rule,
        version="v1",
        offset=Offset(number),
        time_us=at_us,
        kind=kind,
        value=value,
        subject=subject,
        reason="the same text from many accounts",
        values={"copies": number},
    )


def _work(undo: UndoService) -> None:
    while undo.step() is not None:
        continue


class _Timed:
    """How long a block took, by the wall and of this process's processors."""

    wall_s = 0.0
    cpu_s = 0.0


@contextlib.contextmanager
def _timed() -> Iterator[_Timed]:
    timed, wall_s, cpu_s = _Timed(), time.monotonic(), time.process_time()
    yield timed
    timed.wall_s, timed.cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
