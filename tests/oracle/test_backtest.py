"""A backtest finds what the live engine stored, hit by hit, for every rule that is shipped (INV-3)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import select

from skywarden.app.history import open_stored_history
from skywarden.bench.detect.history import HistoryConfig, simulated_history
from skywarden.engine import Engine, EngineConfig
from skywarden.engine.backtest import HitColumns, needs_of, run_backtest
from skywarden.engine.backtest.part_plan import part_plan
from skywarden.engine.backtest.run import UNLIMITED
from skywarden.engine.backtest.samples import Sampler
from skywarden.engine.backtest.workers import run_divided
from skywarden.engine.consumer import EngineConsumer
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log import SqliteLog
from skywarden.model.event import EventBatch
from skywarden.model.log_history import LogHistory
from skywarden.model.partition import PARTS, part_codes
from skywarden.moderation.outbox import Outbox
from skywarden.observe.metrics import Metrics
from skywarden.rules import load_folder
from skywarden.rulesets import BLUESKY
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import HIT

PLAN = load_folder(BLUESKY)
HitId = tuple[int, str]


@dataclass(slots=True)
class Hits:
    """A sink that keeps which rule was true where."""

    found: list[HitId] = field(default_factory=list)

    def add(self, hits: HitColumns) -> None:
        self.found += zip(hits.offsets.tolist(), [hits.rules[code] for code in hits.rule.tolist()], strict=True)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A log that a live engine followed, and what became durable of it."""

    log: SqliteLog
    path: Path
    hits: list[HitId]
    uris: dict[HitId, tuple[str, str]]
    """Version of the rule and name of the record of each hit."""

    @property
    def history(self) -> LogHistory:
        return LogHistory(self.log)

    @property
    def middle(self) -> Offset:
        return Offset(self.log.end_offset() // 2)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A history that leaves out what is not asked for, in batches of so many rows: as segments on disk do."""

    whole: LogHistory
    rows: int

    def span(self) -> tuple[Offset, Offset]:
        return self.whole.span()

    def offset_at(self, time_us: UtcMicros) -> Offset:
        return self.whole.offset_at(time_us)

    def batches(
        self,
        start: Offset,
        stop: Offset | None = None,
        *,
        columns: Sequence[str] | None = None,
        parts: frozenset[str] | None = None,
    ) -> Iterator[EventBatch]:
        assert columns is not None
        assert parts is not None
        wanted = [number for number, name in enumerate(PARTS) if name in parts]
        for batch in self.whole.batches(start, stop):
            chosen = np.flatnonzero(np.isin(part_codes(batch.rows), wanted))
            rows = batch.rows.take(pa.array(chosen))
            for at in rows.schema.names:
                if at not in columns:
                    place = rows.schema.get_field_index(at)
                    nulls = pa.nulls(len(rows), rows.schema.field(at).type)
                    rows = rows.set_column(place, pa.field(at, nulls.type), nulls)
            sparse = EventBatch.scattered(pa.array(batch.offsets()[chosen]), rows, batch.base)
            for first in range(0, len(sparse), self.rows):
                yield sparse.slice(first, min(first + self.rows, len(sparse)))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Two hours of a simulated network through the log, the live engine and the database."""
    folder = tmp_path_factory.mktemp("recorded")
    rows = simulated_history(HistoryConfig(seed=3, hours=2.0, people=300, rate=1.0, abuse_share=0.2)).rows
    log, db = SqliteLog(folder / "log.db"), _database(folder)
    consumer = EngineConsumer(log, Engine(PLAN, UNLIMITED), Outbox(db, ManualClock()), folder, Metrics())
    at = 0
    for size in np.random.default_rng(1).integers(1, 700, 1_000).tolist():
        log.append(rows.slice(at, size), {})
        consumer.step()
        at += size
        if at >= len(rows):
            break
    with db.read() as tx:
        stored = tx.execute(select(HIT.c.log_offset, HIT.c.rule, HIT.c.version, HIT.c.uri)).all()
    db.close()
    log.close()
    log = SqliteLog(folder / "log.db", writable=False)
    uris = {(row.log_offset, row.rule): (row.version, row.uri) for row in stored}
    return Recorded(log, folder, sorted(uris), uris)


def _database(folder: Path) -> Database:
    db = open_database(f"sqlite:///{folder / 'moderation.db'}")
    migrate(db)
    return db


def test_the_recorded_network_sets_off_most_of_the_rules(recorded: Recorded) -> None:
    rules = Counter(rule for _, rule in recorded.hits)
    assert len(rules) > len(PLAN.rules) // 3
    assert len(recorded.hits) > 300


@pytest.mark.parametrize("rows", [97, 1_000, 10**6])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_backtest_finds_every_hit_that_was_stored_live_and_no_other(
    recorded: Recorded, rows: int, workers: int
) -> None:
    sink = Hits()
    config = EngineConfig(workers=workers, chunk_rows=max(rows // 3, 1), budget=UNLIMITED.budget)
    history = Sparse(recorded.history, rows)
    result = run_backtest(PLAN, history, history.span(), sinks=[sink], config=config, batch_rows=rows)
    assert result.faults == ()
    assert sorted(sink.found) == recorded.hits
    assert result.hits == len(recorded.hits)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("workers", [2, 3])
def test_workers_with_rules_of_their_own_find_what_one_engine_finds(recorded: Recorded, workers: int) -> None:
    sink, start = Hits(), recorded.middle
    span = start, recorded.history.span()[1]
    opener = partial(open_stored_history, recorded.path)
    sampler = Sampler(5, 1)
    result, uses = run_divided(
        PLAN, opener, span, workers, primed_from=Offset(0), sinks=[sink], sampler=sampler, batch_rows=2_000
    )
    assert sorted(sink.found) == [hit for hit in recorded.hits if hit[0] >= start]
    whole = run_backtest(PLAN, recorded.history, span, primed_from=Offset(0), sampler=Sampler(5, 1))
    assert result.samples == whole.samples
    assert (result.events, result.primed, result.hits) == (whole.events, whole.primed, whole.hits)
    assert sum(use.rules for use in uses) == len(PLAN.rules)
    assert len(uses) == workers
    assert min(use.rules for use in uses) > 5


def test_hits_before_the_span_prime_memory_and_are_not_counted(recorded: Recorded) -> None:
    start, end = recorded.middle, recorded.history.span()[1]
    sink, sampler = Hits(), Sampler()
    result = run_backtest(
        PLAN, recorded.history, (start, end), primed_from=Offset(0), sinks=[sink], sampler=sampler, batch_rows=999
    )
    assert sorted(sink.found) == [hit for hit in recorded.hits if hit[0] >= start]
    assert (result.primed, result.events) == (start, end - start)
    assert all(one.hit.offset >= start for kept in result.samples.values() for one in kept)


def test_a_span_without_priming_finds_what_an_engine_that_began_there_finds(recorded: Recorded) -> None:
    span = recorded.middle, recorded.history.span()[1]
    sink = Hits()
    run_backtest(PLAN, Sparse(recorded.history, 500), span, sinks=[sink])
    engine, found = Engine(PLAN, UNLIMITED, position=span[0]), []
    for batch in recorded.history.batches(*span):
        found += [(int(hit.offset), hit.rule) for hit in engine.process(batch).hits]
    assert sorted(sink.found) == sorted(found)
    assert len(found) > 100


def test_the_sample_is_the_same_at_any_batch_size_and_shows_the_hits_that_were_stored(recorded: Recorded) -> None:
    history = recorded.history
    small, large, other = (
        run_backtest(PLAN, history, history.span(), sampler=Sampler(5, seed), batch_rows=rows).samples
        for rows, seed in ((700, 1), (10**6, 1), (10**6, 2))
    )
    assert small == large
    assert other != large
    counts = Counter(rule for _, rule in recorded.hits)
    assert {rule: len(kept) for rule, kept in large.items()} == {rule: min(5, count) for rule, count in counts.items()}
    for rule, kept in large.items():
        for one in kept:
            assert recorded.uris[one.hit.offset, rule] == (one.hit.version, one.hit.uri)


def test_a_plan_needs_only_parts_and_columns_of_what_its_rules_are_on() -> None:
    needs = needs_of(part_plan(PLAN, {"canary"}))
    assert needs.parts == {"post"}
    assert "record" not in needs.columns
    assert {"did", "text", "time_us"} <= set(needs.columns)
