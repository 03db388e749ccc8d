"""Run the ingest pipeline and account look-ups on an event loop in a thread of their own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

from skywarden.app.stage import StageHealth
from skywarden.observe.catalog import STAGE_FAILED
from skywarden.observe.logs import Logger

Job = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set, or until its work is done."""


class Intake:
    """`main` is the job that matters: its failure fails the platform. `beside` jobs run as long as it does."""

    def __init__(self, main: Job, beside: tuple[Job, ...], failed: Callable[[str, BaseException], None]) -> None:
        self._main = main
        self._beside = beside
        self._failed = failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self.state = StageHealth()

    def start(self) -> None:
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Ask for the end; returns at once."""
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - the stage's own loop: whatever it is, stop loudly
            self.state = StageHealth("down", f"{type(error).__name__}: {error}")
            Logger("ingest").error(STAGE_FAILED, error=error)
            self._failed("ingest", error)
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._started.set()
        beside = [asyncio.create_task(self._accompany(job)) for job in self._beside]
        try:
            await self._main(self._stop)
        finally:
            self._stop.set()
            await asyncio.gather(*beside)

    async def _accompany(self, job: Job) -> None:
        """A failed companion (account look-ups) is told and left: the stream goes on without it."""
        assert self._stop is not None
        try:
            await job(self._stop)
        except Exception as error:  # noqa: BLE001 - the stage's own loop
            self.state = StageHealth("busy", f"account look-ups ended: {error}")
            Logger("ingest").error(STAGE_FAILED, error=error)
