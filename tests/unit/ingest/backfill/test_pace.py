"""A host is asked as often as it allows."""

import asyncio
from collections.abc import Mapping

import pytest

from skywarden.ingest.backfill.pace import MOST_REST_S, HostPace
from skywarden.kernel.clock import ManualClock


async def starts(pace: HostPace, clock: ManualClock, turns: int) -> list[float]:
    """When each of so many turns in a row begins."""
    found = []
    for _ in range(turns):
        async with pace.turn():
            found.append(clock.monotonic_s())
    return found


def paced(clock: ManualClock, *, per_s: float = 2.0, at_once: int = 3) -> HostPace:
    async def wait(seconds: float) -> None:
        clock.advance(seconds)

    return HostPace(clock, wait, per_s=per_s, at_once=at_once)


async def test_requests_are_spread_over_the_second() -> None:
    clock = ManualClock()
    assert await starts(paced(clock), clock, 4) == [0.0, 0.5, 1.0, 1.5]


@pytest.mark.parametrize(
    "status, headers, rest_s",
    [
        (429, {"retry-after": "7"}, 7.0),
        (503, {"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        (200, {"ratelimit-remaining": "0", "ratelimit-reset": "12"}, 12.0),
        (200, {"ratelimit-remaining": "0", "ratelimit-reset": "1700000020"}, 20.0),
        (429, {"retry-after": "99999"}, MOST_REST_S),
        (200, {"ratelimit-remaining": "5", "ratelimit-reset": "12"}, 0.0),
        (200, {"retry-after": "7"}, 0.0),
        (429, {"retry-after": "soon"}, 0.0),
    ],
)
async def test_a_host_that_says_when_to_come_back_is_heeded(
    status: int, headers: Mapping[str, str], rest_s: float
) -> None:
    clock = ManualClock()  # it is 2023-11-14T22:13:20Z
    pace = paced(clock, per_s=0)
    pace.heed(status, headers)
    assert await starts(pace, clock, 1) == [rest_s]


async def test_no_more_are_asked_at_once_than_allowed() -> None:
    pace, now, most = paced(ManualClock(), per_s=0, at_once=3), 0, 0

    async def one() -> None:
        nonlocal now, most
        async with pace.turn():
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(one() for _ in range(10)))
    assert most == 3
