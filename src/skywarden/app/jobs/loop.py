"""Keep all jobs of this process running in one thread with one event loop, each at its own pace.

Retry: a database that is busy is asked again; a failed job waits as its table says. Crash: nothing is kept here.
Two writers: several processes may run this loop on one database; each job runs in one of them at a time.
"""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from skywarden.app.jobs.job_set import JobSet
from skywarden.app.jobs.runner import JobRunner, Outcome
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Retryable
from skywarden.moderation.jobs import Job, JobTable
from skywarden.observe.catalog import JOB_LAG_SECONDS, JOB_LOOK_FAILED, JOB_PENDING
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

LOOK_S = 5.0
"""How long at most until a job is looked at again: another process may have died with it."""

GAUGES_S = 10.0


@dataclass(slots=True)
class JobLoop:
    """Runs the jobs of a set, but for those that are idle, from `start` to `stop`."""

    jobs: JobSet
    table: JobTable
    clock: Clock
    metrics: Metrics
    _ready: threading.Event = field(default_factory=threading.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _thread: threading.Thread | None = None
    _logger: Logger = field(default_factory=lambda: Logger("jobs"))

    def start(self) -> None:
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),), name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the jobs to end after their present step; returns at once."""
        if self._thread is None:
            return
        self._ready.wait()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when a step still works. What it holds is free again once its lease expires."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        runner = JobRunner(self.table, self.clock, self.metrics, self._stopping.is_set)
        working = [job for job in self.jobs.jobs if not job.idle]
        try:
            await self._register()
            await asyncio.gather(self._measure(), *(self._keep(runner, job) for job in working))
        finally:
            await self.jobs.aclose()

    async def _register(self) -> None:
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(self.table.register, self.jobs.jobs, self.clock.now_us())
            except Exception as error:  # noqa: BLE001 - without its table no job can run; the database may come back
                await self._put_off("", error)
            else:
                return

    async def _keep(self, runner: JobRunner, job: Job) -> None:
        while not self._stopping.is_set():
            try:
                await self._pause(await self.turn(runner, job))
            except Exception as error:  # noqa: BLE001 - a job's own loop: whatever it is, say it and go on
                await self._put_off(job.name, error)

    async def turn(self, runner: JobRunner, job: Job) -> float:
        """Run the job if it is due; return in how many seconds to look at it again.

        Raises: what `due_us` and the database do.
        """
        wait_s = await asyncio.to_thread(self._wait_s, job)
        if wait_s > 0:
            return wait_s
        outcome = await (self._run_lasting(runner, job) if job.lasting else runner.run(job))
        return 0.0 if outcome is not None and outcome.ran.more else min(job.every_s, LOOK_S)

    async def _run_lasting(self, runner: JobRunner, job: Job) -> Outcome | None:
        """Run a step that would outlast the process, up to `stop`."""
        running = asyncio.create_task(runner.run(job))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                return running.result()
        finally:
            stopped.cancel()
            running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return None

    def _wait_s(self, job: Job) -> float:
        """In how many seconds the job may be due; 0 when it is."""
        now_us = self.clock.now_us()
        if job.due_us is not None:
            due_us = job.due_us()
            if due_us is None or due_us > now_us:
                return min(job.every_s, LOOK_S)
        state = self.table.state(job.name, now_us)
        if state.running:
            return LOOK_S
        return min(max(state.next_us - now_us, 0) / SECOND_US, LOOK_S)

    async def _measure(self) -> None:
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(self.measure)
            except Exception as error:  # noqa: BLE001 - gauges must not end the jobs
                await self._put_off("", error)
            await self._pause(GAUGES_S)

    def measure(self) -> None:
        """Set the gauges: how much waits for each job, and how late those are that are not idle."""
        now_us = self.clock.now_us()
        states = {state.name: state for state in self.table.states(now_us)}
        for job in self.jobs.jobs:
            pending = job.pending()
            if pending is not None:
                self.metrics.set(JOB_PENDING, pending, job=job.name)
            if not job.idle:
                due_us = states[job.name].next_us if job.due_us is None else job.due_us()
                late_us = 0 if due_us is None else max(now_us - due_us, 0)
                self.metrics.set(JOB_LAG_SECONDS, late_us / SECOND_US, job=job.name)

    async def _put_off(self, name: str, error: Exception) -> None:
        if self._stopping.is_set():  # the stores are closed already
            return
        if isinstance(error, Retryable):
            self._logger.warning(JOB_LOOK_FAILED, job=name, detail=str(error))
        else:
            self._logger.error(JOB_LOOK_FAILED, error=error, job=name)
        await self._pause(LOOK_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
