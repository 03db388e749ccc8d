"""A job over the warehouse is computed by a child, stored by window, proposed once and told in the lineage."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import select

from job_tables import DAY, at, post
from skywarden.app.detections.runner import WindowRunner
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.log.memory import MemoryLog
from skywarden.model.event import SCHEMA
from skywarden.moderation.desk.sets import SetService
from skywarden.moderation.outbox import Outbox
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import EFFECT, SUBJECT_TAG
from skywarden.warehouse import Store
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.duckdb import Warehouse
from skywarden.warehouse.jobs.catalog import job_named
from skywarden.warehouse.jobs.code_version import code_version
from skywarden.warehouse.jobs.detections import account_entropy
from skywarden.warehouse.jobs.lineage import FAILED, GOOD, JobRun, Lineage
from skywarden.warehouse.jobs.tables import ALL_TABLES

SERVICE = Did("did:web:mod.example")
ENTROPY = job_named("account-entropy")
DOMAINS = job_named("url-over-dispersion")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(UtcMicros(DAY.stop_us + 3_600_000_000))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    yield db
    db.close()


@pytest.fixture
def runner(tmp_path: Path, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> WindowRunner:
    """A week of a clockwork account, a person and a burst of links is in the warehouse."""
    monkeypatch.setenv(
        "PYTHONPATH", str(Path(__file__).parents[3] / "src")
    )  # where the child finds what the tests found
    rows = [post("clock", at(6, 2.1 * turn)) for turn in range(75)]
    rows += [post("person", at(day, hour)) for day in range(7) for hour in (8, 12, 19, 20)]
    rows += [post(f"b{n}", at(0, 12), domains=["burst.example"]) for n in range(40)]
    rows += [post(f"u{day}{n}", at(day, 9), domains=[f"site{n}.example"]) for day in range(7) for n in range(9)]
    rows += [post("later", DAY.stop_us + 1_800_000_000)]
    rows.sort(key=lambda row: int(str(row["time_us"])))
    log, store = MemoryLog(), Store(tmp_path / "warehouse", clock, specs=ALL_TABLES)
    log.append(pa.RecordBatch.from_pylist(rows, SCHEMA), {})
    while compact_log(store, log):
        pass
    return WindowRunner(
        store=store,
        lineage=Lineage(database),
        outbox=Outbox(database, clock),
        sets=SetService(database, clock),
        service=SERVICE,
        clock=clock,
        metrics=Metrics(),
    )


def rows_of(runner: WindowRunner, table: str) -> pa.Table:
    warehouse = Warehouse(runner.store, threads=1)
    try:
        return warehouse.query(f"SELECT * EXCLUDE (day, part) FROM {table} ORDER BY ALL")
    finally:
        warehouse.close()


def quiet(_stage: str) -> None:
    return None


def test_a_window_is_replaced_exactly_and_its_findings_are_proposed_once(
    runner: WindowRunner, database: Database, clock: ManualClock
) -> None:
    stages: list[str] = []
    first = runner.run(ENTROPY, DAY, stages.append)
    table = rows_of(runner, account_entropy.TABLE)
    second = runner.run(ENTROPY, DAY, quiet)
    assert rows_of(runner, account_entropy.TABLE) == table
    assert stages == ["computing", "writing", "done"]
    assert (first.status, first.proposed, first.rows_out) == (GOOD, 1, 2) == (second.status, 1, second.rows_out)
    assert first.manifest_in < first.manifest_out < second.manifest_out
    assert [run.rows_in for run in runner.lineage.runs(ENTROPY, 5)] == [first.rows_in] * 2
    with database.read() as tx:
        effect = tx.execute(select(EFFECT)).one()  # no place in the log, which goes on where it was
    assert (effect.rule, effect.value, effect.log_offset < 0) == ("job/account-entropy", "job:clockwork", True)
    assert runner.outbox.committed() == Offset(0)
    moderation = ModerationService(database, SERVICE, clock=clock, metrics=Metrics())
    assert moderation.decide_pending() == 1
    with database.read() as tx:
        assert tx.execute(select(SUBJECT_TAG.c.tag)).scalars().all() == ["job:clockwork"]


def test_a_window_that_is_done_is_not_due_and_one_that_changed_code_is(
    runner: WindowRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DAY in runner.due(ENTROPY)
    runner.lineage.tell(ENTROPY, JobRun(DAY, code_version(ENTROPY), GOOD, DAY.stop_us, 1))
    assert DAY not in runner.due(ENTROPY)
    monkeypatch.setattr("skywarden.app.detections.runner.code_version", lambda job: "other")
    assert DAY in runner.due(ENTROPY)


def test_lockstep_waits_until_all_hours_of_its_day_are_done(runner: WindowRunner) -> None:
    assert runner.due(job_named("lockstep")) == []
    assert len(runner.due(job_named("lockstep-hour"))) == 72


def test_domains_that_burst_are_a_named_set_that_follows_the_newest_day(runner: WindowRunner) -> None:
    runner.sets.upsert("jobs/bursting_domains", None, SERVICE)
    runner.sets.add_values("jobs/bursting_domains", ["old.example"], SERVICE)
    runner.run(DOMAINS, DAY, quiet)
    _, page = runner.sets.values("jobs/bursting_domains", 10, None)
    assert page.rows == ("burst.example",)


def test_findings_of_long_ago_are_rows_and_nobody_is_marked(runner: WindowRunner, clock: ManualClock) -> None:
    clock.advance(30 * 86_400)
    run = runner.run(ENTROPY, DAY, quiet)
    assert (run.rows_out, run.proposed) == (2, 0)
    assert "none marked" in run.detail


def test_a_run_that_fails_leaves_everything_and_says_why(runner: WindowRunner) -> None:
    before = runner.store.manifest()
    for segment in before.of("event"):
        path = runner.store.path(segment.path)
        path.write_bytes(path.read_bytes()[: segment.bytes // 2])
    with pytest.raises(Rejected, match="job failed"):
        runner.run(ENTROPY, DAY, quiet)
    [newest] = runner.lineage.runs(ENTROPY, 2)
    assert newest.status == FAILED
    assert "account-entropy 2026-03-08" in newest.detail
    assert runner.store.manifest() == before
    assert runner.due(ENTROPY)[-1] == DAY
