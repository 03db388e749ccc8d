"""A job runs in one process at a time, is tried again when it fails, and is taken over from a process that died."""

import asyncio
import threading
from dataclasses import replace

import pytest

from databases import Crash, Seams
from skywarden.app.jobs.job_set import JobSet, threaded
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.overview import overview
from skywarden.app.jobs.runner import JobRunner
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.errors import Broken, Rejected, Retryable
from skywarden.moderation.jobs import Job, JobTable, Ran, Turn
from skywarden.moderation.jobs.schedule import MOST_PAUSE_US
from skywarden.moderation.jobs.table import LEASE_S
from skywarden.observe.catalog import JOB_FAILURES, JOB_LAG_SECONDS, JOB_PENDING, JOB_RUNS
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

DID_ONE = Ran(1)


def job_of(ran: Ran | Exception = DID_ONE, name: str = "count", every_s: float = 60.0) -> Job:
    def work(_turn: Turn) -> Ran:
        if isinstance(ran, Exception):
            raise ran
        return ran

    return Job(name, every_s, "counts", threaded(work))


def registered(database: Database, clock: ManualClock, *jobs: Job) -> tuple[JobTable, JobRunner, Metrics]:
    table, metrics = JobTable(database), Metrics()
    table.register(jobs, clock.now_us())
    return table, JobRunner(table, clock, metrics), metrics


async def test_a_job_runs_when_it_is_due_and_not_before(database: Database) -> None:
    clock, job = ManualClock(), job_of()
    _, runner, metrics = registered(database, clock, job)
    runs = [await runner.run(job) is not None]
    clock.advance(59)
    runs.append(await runner.run(job) is not None)
    clock.advance(1)
    runs.append(await runner.run(job) is not None)
    assert runs == [True, False, True]
    assert metrics.value(JOB_RUNS, job="count", outcome="good") == 2


async def test_a_job_with_more_to_do_is_due_at_once(database: Database) -> None:
    clock, job = ManualClock(), job_of(Ran(1, more=True))
    _, runner, _ = registered(database, clock, job)
    assert [await runner.run(job) is not None for _ in range(3)] == [True] * 3


async def test_what_a_run_leaves_is_given_to_the_next_one_even_in_another_process(database: Database) -> None:
    clock, seen = ManualClock(), list[str | None]()

    def work(turn: Turn) -> Ran:
        seen.append(turn.cursor_json)
        return Ran(1, cursor_json=f"[{len(seen)}]") if len(seen) < 3 else Ran()

    job = Job("walk", 1.0, "walks", threaded(work))
    for _ in range(4):
        _, runner, _ = registered(database, clock, job)
        await runner.run(job)
        clock.advance(1)
    assert seen == [None, "[1]", "[2]", "[2]"]


@pytest.mark.parametrize("error", [Retryable("busy"), Broken("torn"), Rejected("odd"), ValueError("bug")])
async def test_a_job_that_fails_is_shown_counted_and_tried_again(database: Database, error: Exception) -> None:
    clock, job = ManualClock(), job_of(error)
    table, runner, metrics = registered(database, clock, job)
    outcome = await runner.run(job)
    state = table.state("count", clock.now_us())
    assert outcome is not None
    assert str(error) in state.last_error
    assert (state.failures, state.failed_runs, state.runs) == (1, 1, 1)
    assert metrics.value(JOB_FAILURES, job="count") == 1
    clock.advance((state.next_us - clock.now_us()) / SECOND_US)
    assert await runner.run(job_of()) is not None
    assert table.state("count", clock.now_us()).failures == 0
    assert table.state("count", clock.now_us()).last_error == ""


async def test_a_job_that_always_fails_is_never_given_up(database: Database) -> None:
    clock, job = ManualClock(), job_of(Retryable("away"))
    table, runner, _ = registered(database, clock, job)
    for _ in range(50):
        assert await runner.run(job) is not None
        state = table.state("count", clock.now_us())
        assert state.next_us - clock.now_us() <= MOST_PAUSE_US
        clock.advance((state.next_us - clock.now_us()) / SECOND_US)


@pytest.mark.parametrize("place", ["job.claim:after-commit", "job.end:before-commit"])
async def test_a_run_cut_off_by_a_crash_is_done_again(database: Database, seams: Seams, place: str) -> None:
    clock, done = ManualClock(), list[int]()

    def work(_turn: Turn) -> Ran:
        done.append(1)
        return Ran(1)

    job = Job("count", 60.0, "counts", threaded(work))
    _, runner, _ = registered(database, clock, job)
    seams.crash_at = place
    with pytest.raises(Crash):
        await runner.run(job)
    before = len(done)
    clock.advance(LEASE_S)
    assert await runner.run(job) is not None
    assert len(done) == before + 1


async def test_a_job_without_work_writes_nothing(database: Database, seams: Seams) -> None:
    clock = ManualClock()
    job = Job("idle", 1.0, "waits", job_of().step, due_us=lambda: None)
    table, runner, metrics = registered(database, clock, job)
    seams.passed.clear()
    loop = JobLoop(JobSet((job,)), table, clock, metrics)
    assert [await loop.turn(runner, job) for _ in range(3)] == [1.0] * 3
    assert seams.passed == []


async def test_the_loop_runs_what_is_due_and_leaves_what_another_process_runs(database: Database) -> None:
    clock, job = ManualClock(), job_of(every_s=2.0)
    table, runner, metrics = registered(database, clock, job)
    loop = JobLoop(JobSet((job,)), table, clock, metrics)
    assert await loop.turn(runner, job) == 2.0
    assert await loop.turn(runner, job) == 2.0
    clock.advance(2)
    assert table.claim("count", "other", clock.now_us()) is not None
    assert await loop.turn(runner, job) == 5.0
    assert table.state("count", clock.now_us()).runs == 1


def test_the_loop_starts_works_and_ends_in_its_own_thread(database: Database) -> None:
    worked, table, metrics = threading.Event(), JobTable(database), Metrics()

    def work(_turn: Turn) -> Ran:
        worked.set()
        return Ran(1)

    idle = Job("no-pds", 1.0, "pushes", job_of(ValueError("must not run")).step, idle="network.pds_url is not set")
    jobs = JobSet((Job("count", 60.0, "counts", threaded(work)), idle))
    loop = JobLoop(jobs, table, ManualClock(), metrics)
    loop.start()
    assert worked.wait(30)
    loop.stop()
    assert loop.join(30)
    assert metrics.value(JOB_RUNS, job="no-pds", outcome="failed") == 0


async def test_gauges_tell_what_waits_and_for_how_long(database: Database) -> None:
    clock = ManualClock()
    since_us = clock.now_us() - 90 * SECOND_US
    job = Job("send", 1.0, "sends", job_of().step, due_us=lambda: since_us, pending=lambda: 7)
    idle = replace(job, name="idle", idle="network.pds_url is not set")
    table, _, metrics = registered(database, clock, job, idle)
    await asyncio.to_thread(JobLoop(JobSet((job, idle)), table, clock, metrics).measure)
    assert (metrics.value(JOB_PENDING, job="send"), metrics.value(JOB_LAG_SECONDS, job="send")) == (7, 90)
    assert (metrics.value(JOB_PENDING, job="idle"), metrics.value(JOB_LAG_SECONDS, job="idle")) == (7, 0)


async def test_the_overview_says_why_a_job_is_idle_and_what_failed(database: Database) -> None:
    clock = ManualClock()
    good, bad = job_of(Ran(3), "good"), job_of(Retryable("the PDS is away"), "bad")
    idle = Job("no-pds", 1.0, "pushes", good.step, idle="network.pds_url is not set", pending=lambda: 4)
    table, runner, _ = registered(database, clock, good, bad, idle)
    for job in (good, bad):
        await runner.run(job)
    lines = {line.name: line for line in overview((good, bad, idle), table, clock.now_us())}
    assert (lines["good"].health, lines["good"].detail) == ("ok", "3 done")
    assert (lines["bad"].health, lines["bad"].detail) == ("failing", "1 in a row: the PDS is away")
    assert (lines["no-pds"].health, lines["no-pds"].detail) == ("idle", "network.pds_url is not set")
    assert (lines["no-pds"].pending, lines["no-pds"].next_us) == (4, None)


def test_a_step_that_lasts_is_cut_off_at_the_end_and_its_job_is_free(database: Database) -> None:
    clock, table, listening = ManualClock(), JobTable(database), threading.Event()

    async def listen(_turn: Turn) -> Ran:
        listening.set()
        await asyncio.Event().wait()
        return Ran()

    loop = JobLoop(JobSet((Job("listen", 1.0, "listens", listen, lasting=True),)), table, clock, Metrics())
    loop.start()
    assert listening.wait(30)
    loop.stop()
    assert loop.join(30)
    assert table.state("listen", clock.now_us()).running == ""


def test_a_job_that_cannot_even_be_looked_at_ends_no_other(database: Database) -> None:
    worked, table = threading.Event(), JobTable(database)

    def broken() -> int | None:
        raise ValueError("bug")

    def work(_turn: Turn) -> Ran:
        worked.set()
        return Ran(1)

    bad = Job("bad", 1.0, "breaks", job_of().step, due_us=broken)
    loop = JobLoop(JobSet((bad, Job("good", 1.0, "works", threaded(work)))), table, ManualClock(), Metrics())
    loop.start()
    assert worked.wait(30)
    loop.stop()
    assert loop.join(30)
