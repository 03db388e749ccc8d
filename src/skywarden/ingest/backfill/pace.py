"""Turn what a host allows into when it may be asked: so many at once, so many a second, and never when it says no.

Source: draft-ietf-httpapi-ratelimit-headers-06, RFC 9110 10.2.3 (Retry-After).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

from skywarden.ingest.reconnect import Wait
from skywarden.kernel.clock import SECOND_US, Clock

MOST_REST_S = 900.0
"""However long a host asks for."""
_TOO_MANY, _UNAVAILABLE = 429, 503
_MOMENT_S = 1_000_000_000
"""Numbers from here on are moments, not waits."""


class HostPace:
    """Paces the requests to one host; for one event loop."""

    def __init__(self, clock: Clock, wait: Wait, *, per_s: float, at_once: int) -> None:
        self._clock = clock
        self._wait = wait
        self._gap_s = 1 / per_s if per_s > 0 else 0.0
        self._places = asyncio.Semaphore(at_once)
        self._next_s = 0.0
        self._rests_until_s = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the places, from the moment at which the host may be asked."""
        async with self._places:
            while (wait_s := max(self._next_s, self._rests_until_s) - self._clock.monotonic_s()) > 0:
                await self._wait(wait_s)
            self._next_s = self._clock.monotonic_s() + self._gap_s
            yield

    def heed(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in what an answer says of when to come back."""
        rest_s = 0.0
        if headers.get("ratelimit-remaining") == "0":
            rest_s = self._seconds(headers.get("ratelimit-reset", ""))
        if status in (_TOO_MANY, _UNAVAILABLE):
            rest_s = max(rest_s, self._seconds(headers.get("retry-after", "")))
        if rest_s > 0:
            self._rests_until_s = max(self._rests_until_s, self._clock.monotonic_s() + min(rest_s, MOST_REST_S))

    def _seconds(self, text: str) -> float:
        """A number of seconds, a moment in seconds since 1970 (as PDSes write it), or an HTTP date; 0 for all else."""
        now_s = self._clock.now_us() / SECOND_US
        if text.isdecimal():
            return float(text) if float(text) < _MOMENT_S else float(text) - now_s
        try:
            return parsedate_to_datetime(text).timestamp() - now_s
        except ValueError:
            return 0.0
