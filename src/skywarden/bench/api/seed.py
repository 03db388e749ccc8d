"""Fill a database with the history of a busy labeler, by the door that rules use."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import func, select

from skywarden.bench.api.lines import SUBJECTS
from skywarden.bench.api.people import did_of
from skywarden.bench.labels import fill_labels
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.labels import LabelService, load_or_make_label_key
from skywarden.model.effect import Effect, EffectKind, effect_id
from skywarden.model.subject import Subject
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import migrate, open_database
from skywarden.storage.tables import MODERATION_EVENT, SUBJECT

LABELS = 100_000
"""Labels of other subjects, the first in the stream."""

_BATCH = 2_000
_RULE, _VERSION = "bench", "0" * 16

_CYCLE = (
    (EffectKind.LABEL, "spam"),
    (EffectKind.TAG, "lang:en"),
    (EffectKind.REPORT, "spam"),
    (EffectKind.COMMENT, "seen in a wave"),
    (EffectKind.ESCALATE, ""),
)
"""What happens to each subject, one after the other; who has more events than these gets more tags."""


def fill(folder: Path, database: str, service: str, events: int, told: Callable[[str], None]) -> tuple[int, int]:
    """Write `events` moderation events on up to `SUBJECTS` accounts; gives how many subjects and events there are."""
    clock, metrics = SystemClock(), Metrics()
    (folder / "keys").mkdir(parents=True)
    key = load_or_make_label_key(folder / "keys" / "label.key")
    db = open_database(database or f"sqlite:///{folder / 'moderation.db'}")
    try:
        migrate(db)
        moderation = ModerationService(db, Did(service), clock=clock, metrics=metrics)
        labels = LabelService(db, key, Did(service), clock=clock, metrics=metrics)  # its key is the database's first
        told("Storing labels")
        fill_labels(db, LABELS)
        for done, batch in enumerate(_batches(events, clock.now_us()), 1):
            moderation.outbox.store([], batch, Offset(done * _BATCH))
            while moderation.decide_pending(_BATCH):
                told(f"Filling the database: {min(done * _BATCH, events):,} of {events:,} events")
        while labels.publish_pending():
            told("Publishing their labels")
        with db.read() as tx:
            counts = [
                tx.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (SUBJECT, MODERATION_EVENT)
            ]
        return int(counts[0]), int(counts[1])
    finally:
        db.close()


def _batches(events: int, now_us: UtcMicros) -> Iterator[list[Effect]]:
    for start in range(0, events, _BATCH):
        yield [_effect(number, now_us) for number in range(start, min(start + _BATCH, events))]


def _effect(number: int, now_us: UtcMicros) -> Effect:
    turn, subject = number // SUBJECTS, Subject.account(did_of(number % SUBJECTS))
    # Every fifth subject begins elsewhere in the cycle, so that the review states differ.
    place = (turn + number % len(_CYCLE)) % len(_CYCLE) if turn < len(_CYCLE) else len(_CYCLE)
    kind, value = _CYCLE[place] if place < len(_CYCLE) else (EffectKind.TAG, f"turn:{turn}")
    return Effect(
        effect_id=effect_id(_RULE, _VERSION, number, kind, value, subject),
        rule=_RULE,
        version=_VERSION,
        offset=Offset(number),
        time_us=now_us,
        kind=kind,
        value=value,
        subject=subject,
        reason="an account that posts the same text to many",
        values={"replies": number % 100},
    )
