"""From the engine's batches to published labels, a crash at any write seam loses and doubles nothing."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from databases import Crash, Seams
from label_samples import make_labels
from proposals import make_effect, make_hit, make_service
from skywarden.kernel.ids import Offset
from skywarden.model.effect import EffectKind
from skywarden.moderation.audit import verify_audit
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import DECISION, EFFECT, HIT, REPORT

EVENTS, BATCH = 8, 4
KINDS = ((EffectKind.LABEL, "spam"), (EffectKind.TAG, "flood"), (EffectKind.REPORT, "rude"))


def run(db: Database) -> None:
    """One life of the platform: read on from the committed offset, decide, publish, until all is done."""
    service, labels = make_service(db), make_labels(db)
    outbox = service.outbox
    while True:
        start = outbox.committed()
        stop = min(start + BATCH, EVENTS)
        if start < stop:
            effects = [
                make_effect(offset, kind=kind, value=value, limit=10)
                for offset in range(start, stop)
                for kind, value in KINDS
            ]
            outbox.store([make_hit(offset) for offset in range(start, stop)], effects, Offset(stop))
        if not service.decide_pending(limit=5) + labels.publish_pending(limit=2) and start == stop:
            return


def outcome(db: Database) -> dict[str, object]:
    """All that the run left behind, without row numbers of its own making."""
    with db.read() as tx:
        decisions = tx.execute(select(DECISION.c.cause, DECISION.c.outcome).order_by(DECISION.c.id)).all()
        return {
            "hits": len(tx.execute(select(HIT)).all()),
            "undecided": len(tx.execute(select(EFFECT).where(EFFECT.c.decided.is_(False))).all()),
            "decisions": [tuple(row) for row in decisions],
            "reports": len(tx.execute(select(REPORT)).all()),
            "labels": [(item.seq, item.label) for item in make_labels(db).from_seq(0, 1_000)],
            "hits per rule": make_service(db).hits_per_rule(),
            "audit": verify_audit(db),
        }


def fresh(path: Path, template: Path, seams: Seams) -> Database:
    shutil.copy(template, path)
    return open_database(f"sqlite:///{path}", seam=seams)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template.db"
    db = open_database(f"sqlite:///{path}")
    migrate(db)
    db.close()
    return path


@pytest.fixture
def undisturbed(tmp_path: Path, template: Path) -> tuple[list[str], dict[str, object]]:
    seams = Seams()
    db = fresh(tmp_path / "undisturbed.db", template, seams)
    run(db)
    passed, result = list(seams.passed), outcome(db)
    db.close()
    return passed, result


def test_a_crash_at_each_write_in_turn_changes_nothing_in_the_end(
    tmp_path: Path, template: Path, undisturbed: tuple[list[str], dict[str, object]]
) -> None:
    passed, expected = undisturbed
    assert {"outbox.store:before-commit", "moderation.decide:after-commit", "labels.publish:before-commit"} <= set(
        passed
    )
    for number in range(len(passed)):
        path = tmp_path / f"crash{number}.db"
        db = fresh(path, template, Seams(crash_after=number))
        with pytest.raises(Crash):
            run(db)
        db.close()
        again = open_database(f"sqlite:///{path}")
        run(again)
        assert outcome(again) == expected, f"crash at {passed[number]}, write {number}"
        again.close()
