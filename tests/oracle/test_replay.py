"""A simulated network is moderated by every shipped rule; what was decided is decided again, by 1 and by 3 workers."""

import hashlib
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from skywarden.app.why import ReplayService, RuleTexts, Verdict
from skywarden.app.why.targets import sampled, target_of_decision
from skywarden.bench.detect.history import HistoryConfig, simulated_history
from skywarden.engine import Engine, EngineConfig
from skywarden.engine.backtest.run import UNLIMITED
from skywarden.engine.consumer import EngineConsumer
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.log.memory import MemoryLog
from skywarden.model.log_history import LogHistory
from skywarden.moderation.evidence import Evidence
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.rules import load_folder
from skywarden.rules.folder import read_sources
from skywarden.rulesets import BLUESKY
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import DECISION, SECRET, SUBJECT

PLAN = load_folder(BLUESKY)
CONFIG = HistoryConfig(seed=11, hours=1.5, people=250, rate=1.0, abuse_share=0.2)
BUDGET = UNLIMITED.budget
SAMPLE = 150


def moderate(log: MemoryLog, folder: Path, config: EngineConfig, each: int) -> Database:
    """Follow the log in steps and decide everything after each."""
    db = open_database(f"sqlite:///{folder / 'moderation.db'}")
    migrate(db)
    with db.write("test") as tx:
        tx.execute(SECRET.insert().values(name="effect_delay", value=bytes(32)))  # delays are drawn alike
    clock = ManualClock()
    service = ModerationService(db, Did("did:plc:labeler"), clock=clock, metrics=Metrics())
    consumer = EngineConsumer(log, Engine(PLAN, config), service.outbox, folder, Metrics(), snapshot_rows=each)
    while consumer.step():
        while service.decide_pending():
            pass
    clock.advance(10**9)  # what waits is due by now
    while service.decide_pending():
        pass
    return db


def decision_hash(db: Database) -> str:
    """Name everything that was decided, in its order; the wall clock has no part in it."""
    columns = [column for column in DECISION.columns if column.name not in ("subject_id", "created_us", "expires_us")]
    query = select(*columns, SUBJECT.c.uri).join(SUBJECT, DECISION.c.subject_id == SUBJECT.c.id)
    with db.read() as tx:
        rows = [tuple(row) for row in tx.execute(query.order_by(DECISION.c.id))]
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    found = MemoryLog()
    rows = simulated_history(CONFIG).rows
    for start in range(0, len(rows), 997):
        found.append(rows.slice(start, 997), {})
    return found


def test_decisions_are_replayed_identical_and_their_hash_is_the_same_by_any_workers(
    log: MemoryLog, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()
    db = moderate(log, tmp_path / "one", EngineConfig(budget=BUDGET), 3_000)
    other = moderate(log, tmp_path / "three", EngineConfig(workers=3, chunk_rows=501, budget=BUDGET), 10**9)
    assert decision_hash(db) == decision_hash(other)
    other.close()
    texts = RuleTexts(db, lambda: read_sources([BLUESKY]))
    service = ReplayService(LogHistory(log), texts, SnapshotFolder(tmp_path / "one"))
    with db.read() as tx:
        evidence = Evidence(tx)
        targets = [target_of_decision(evidence, number) for number in sampled(evidence, SAMPLE, seed=1)]
        found = list(service.replay(tx, targets))
    db.close()
    assert [one for one in found if one.verdict is not Verdict.IDENTICAL] == []
    assert len(found) > SAMPLE // 2
    rules = Counter(target.origin[0] for target in targets if target.origin is not None)
    assert len(rules) > 5
