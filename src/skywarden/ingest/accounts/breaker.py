"""Turn failures and a rate limit of one host into the time from which it may be asked again."""

from collections import deque

from skywarden.kernel.clock import Clock

FAILURES_TO_OPEN = 3
FIRST_OPEN_S = 10.0
MOST_OPEN_S = 600.0


class HostBreaker:
    """Paces requests to one host and leaves it alone for a while when it fails.

    After FAILURES_TO_OPEN failures in a row the host rests for FIRST_OPEN_S, doubling up to `most_open_s`; then one
    request tries it. Crash: starts closed.
    """

    def __init__(self, host: str, clock: Clock, *, per_s: float, most_open_s: float = MOST_OPEN_S) -> None:
        self.host = host
        self._clock = clock
        self._per_s = per_s
        self._most_open_s = most_open_s
        self._asked: deque[float] = deque()
        self._failures = 0
        self._closed_until_s = 0.0

    @property
    def is_open(self) -> bool:
        """Is the host left alone now?"""
        return self._clock.monotonic_s() < self._closed_until_s

    def wait_s(self) -> float:
        """How long to wait before the next request; 0 when it may go now. `per_s` 0 means no limit."""
        now_s = self._clock.monotonic_s()
        if now_s < self._closed_until_s:
            return self._closed_until_s - now_s
        while self._asked and self._asked[0] <= now_s - 1.0:
            self._asked.popleft()
        if self._per_s <= 0 or len(self._asked) < max(1.0, self._per_s):
            return 0.0
        return self._asked[0] + 1.0 - now_s

    def asked(self) -> None:
        """A request goes out now."""
        if self._per_s > 0:
            self._asked.append(self._clock.monotonic_s())

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> bool:
        """Count a failure; True when it opened the breaker."""
        self._failures += 1
        if self._failures < FAILURES_TO_OPEN:
            return False
        rest_s = min(self._most_open_s, FIRST_OPEN_S * 2.0 ** (self._failures - FAILURES_TO_OPEN))
        self._closed_until_s = self._clock.monotonic_s() + rest_s
        return True
