"""From the engine's batches to published labels, a crash at any write seam loses and doubles nothing."""

import pytest
from sqlalchemy import select

from databases import Crash, Fresh, Seams
from label_samples import make_labels
from proposals import make_effect, make_hit, make_service
from skywarden.kernel.ids import Offset
from skywarden.model.effect import EffectKind
from skywarden.moderation.audit import verify_audit
from skywarden.storage import Database, open_database
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


@pytest.fixture
def undisturbed(fresh_database_url: Fresh) -> tuple[list[str], dict[str, object]]:
    seams = Seams()
    db = open_database(fresh_database_url(), seam=seams)
    run(db)
    passed, result = list(seams.passed), outcome(db)
    db.close()
    return passed, result


def test_a_crash_at_each_write_in_turn_changes_nothing_in_the_end(
    database_kind: str, fresh_database_url: Fresh, undisturbed: tuple[list[str], dict[str, object]]
) -> None:
    passed, expected = undisturbed
    assert {"outbox.store:before-commit", "moderation.decide:after-commit", "labels.publish:before-commit"} <= set(
        passed
    )
    # A server's databases are costlier: every seventh seam there, which meets each kind of write in turn.
    for number in range(0, len(passed), 1 if database_kind == "sqlite" else 7):
        url = fresh_database_url()
        db = open_database(url, seam=Seams(crash_after=number))
        with pytest.raises(Crash):
            run(db)
        db.close()
        again = open_database(url)
        run(again)
        assert outcome(again) == expected, f"crash at {passed[number]}, write {number}"
        again.close()
