"""Run one job once: claim it, keep the claim alive while its step works, say how it ended.

Retry: a failed run is counted, shown, and tried again after a growing pause. Crash: the claim expires. Two writers:
whoever has no claim does not run.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Retryable
from skywarden.moderation.jobs import Claim, Job, JobTable, Ran, Turn
from skywarden.moderation.jobs.table import LEASE_S
from skywarden.observe.catalog import JOB_FAILED, JOB_FAILURES, JOB_LEASE_LOST, JOB_RUNS, JOB_SECONDS
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

_RENEWALS = 3
"""How often a lease is renewed within its own length."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: what it did, or why it failed. `kept` is False when somebody else had taken the job over."""

    ran: Ran
    error: str = ""
    kept: bool = True


def _never() -> bool:
    return False


class JobRunner:
    """Runs jobs for this process. `stopping`: the stores may be closed under a step that takes too long."""

    def __init__(self, table: JobTable, clock: Clock, metrics: Metrics, stopping: Callable[[], bool] = _never) -> None:
        self._table = table
        self._clock = clock
        self._metrics = metrics
        self._stopping = stopping
        self._logger = Logger("jobs")
        self._process = f"{socket.gethostname()[:100]}:{os.getpid()}"
        self._numbers = count(1)

    async def run(self, job: Job, *, early: bool = False) -> Outcome | None:
        """Run the job if nobody else does and it is due (or `early`); None when it did not run. Raises: Retryable."""
        owner = f"{self._process}:{next(self._numbers)}"
        claim = await asyncio.to_thread(self._table.claim, job.name, owner, self._clock.now_us(), early=early)
        if claim is None:
            return None
        began_s = self._clock.monotonic_s()
        try:
            async with self._alive(claim):
                outcome = await self._step(job, claim)
        except asyncio.CancelledError:
            self._table.release(claim)  # in this thread: nothing is awaited any more
            raise
        self._metrics.observe(JOB_SECONDS, self._clock.monotonic_s() - began_s, job=job.name)
        self._metrics.add(JOB_RUNS, job=job.name, outcome="failed" if outcome.error else "good")
        self._metrics.set(JOB_FAILURES, claim.failures + 1 if outcome.error else 0, job=job.name)
        if not await asyncio.to_thread(self._end, claim, outcome):
            self._logger.warning(JOB_LEASE_LOST, job=job.name)
            return Outcome(outcome.ran, outcome.error, kept=False)
        return outcome

    async def _step(self, job: Job, claim: Claim) -> Outcome:
        try:
            return Outcome(await job.step(Turn(self._clock.now_us(), claim.cursor_json)))
        except Retryable as error:
            self._logger.warning(JOB_FAILED, job=job.name, detail=str(error))
            return Outcome(Ran(), str(error))
        except Exception as error:  # noqa: BLE001 - a job's own loop: whatever it is, count it, show it, go on
            if not self._stopping():
                self._logger.error(JOB_FAILED, error=error, job=job.name)
            return Outcome(Ran(), f"{type(error).__name__}: {error}")

    def _end(self, claim: Claim, outcome: Outcome) -> bool:
        now_us = self._clock.now_us()
        if outcome.error:
            return self._table.failed(claim, outcome.error, now_us)
        return self._table.succeeded(claim, outcome.ran, now_us)

    @asynccontextmanager
    async def _alive(self, claim: Claim) -> AsyncIterator[None]:
        """Renew the claim beside the step; a database that is busy gets two more chances before the lease ends."""
        renewing = asyncio.create_task(self._renew(claim))
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _renew(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(LEASE_S / _RENEWALS)
            with suppress(Retryable):
                await asyncio.to_thread(self._table.renew, claim, self._clock.now_us())
