"""Threads for what blocks: results, errors and cancellations come to whom they belong."""

import asyncio
import gc
import threading

import pytest

from api_server import until
from skywarden.api.workers import Workers


async def test_results_and_errors_come_to_those_who_asked() -> None:
    workers = Workers()

    def divide(one: int, other: int) -> float:
        return one / other

    halves = await asyncio.gather(*[workers.run(divide, number, 2) for number in range(100)])
    assert halves == [number / 2 for number in range(100)]
    with pytest.raises(ZeroDivisionError):
        await workers.run(divide, 1, 0)


async def test_as_many_run_at_once_as_there_are_threads() -> None:
    workers, meeting = Workers(at_once=3), threading.Barrier(3)
    assert sorted(await asyncio.gather(*[workers.run(meeting.wait, 60) for _ in range(3)])) == [0, 1, 2]


async def test_a_wait_that_is_given_up_disturbs_nobody() -> None:
    workers, gate = Workers(at_once=1), threading.Event()
    waiting = asyncio.create_task(workers.run(gate.wait, 60))
    await asyncio.sleep(0)
    after = asyncio.create_task(workers.run(str, 7))
    waiting.cancel()
    gate.set()
    assert await after == "7"
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_threads_end_with_their_owner() -> None:
    workers = Workers()
    thread = await workers.run(threading.current_thread)
    assert thread.is_alive()
    del workers
    gc.collect()
    await until(lambda: not thread.is_alive())
