"""The intake ends when it is asked to, and says so when it cannot go on."""

import asyncio
import queue
import threading

from skywarden.app.intake import Intake
from skywarden.kernel.errors import Broken


def test_it_runs_until_it_is_stopped_and_its_companions_with_it() -> None:
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    async def main(stop: asyncio.Event) -> None:
        await stop.wait()
        ended.put("main")

    async def beside(stop: asyncio.Event) -> None:
        await stop.wait()
        ended.put("beside")

    intake = Intake(main, (beside,), _no_failure)
    intake.start()
    intake.stop()
    assert intake.join(10)
    assert {ended.get_nowait(), ended.get_nowait()} == {"main", "beside"}


def test_a_failure_of_the_stream_is_told() -> None:
    said: queue.SimpleQueue[str] = queue.SimpleQueue()

    async def main(stop: asyncio.Event) -> None:
        raise Broken("cursor is in the future")

    intake = Intake(main, (), lambda name, error: said.put(f"{name}: {error}"))
    intake.start()
    assert said.get(timeout=10) == "ingest: cursor is in the future"
    assert intake.join(10)
    assert intake.state.health == "down"


def test_a_failed_companion_leaves_the_stream_running() -> None:
    failed = threading.Event()

    async def main(stop: asyncio.Event) -> None:
        await stop.wait()

    async def beside(stop: asyncio.Event) -> None:
        failed.set()
        raise Broken("no such host")

    intake = Intake(main, (beside,), _no_failure)
    intake.start()
    assert failed.wait(10)
    intake.stop()
    assert intake.join(10)
    assert intake.state.health == "busy"


def _no_failure(name: str, error: BaseException) -> None:
    raise AssertionError(f"{name}: {error}")
