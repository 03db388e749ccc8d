"""Turn counts per collection into the set of collections that have silently stopped arriving."""

from collections import Counter, deque

import pyarrow as pa

from skywarden.kernel.clock import Clock

WINDOW_S = 60.0
KEPT_WINDOWS = 5
STEADY_EVENTS = 20
"""A collection is expected when each of the last windows had so many of its events."""


class RateWatch:
    """Watches a stream that can stay healthy while one collection of it is no longer sent.

    Crash: starts empty, so a stall is noticed at the earliest KEPT_WINDOWS windows after the start.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends_s = clock.monotonic_s() + WINDOW_S
        self._now: Counter[str] = Counter()
        self._past: deque[Counter[str]] = deque(maxlen=KEPT_WINDOWS)
        self._new: frozenset[str] = frozenset()
        self.stalled: frozenset[str] = frozenset()

    def count(self, collections: pa.Array) -> None:
        """Take the collection column of a chunk."""
        for pair in collections.value_counts().to_pylist():
            if pair["values"] is not None:
                self._now[pair["values"]] += pair["counts"]
        if self._clock.monotonic_s() >= self._ends_s:
            self._close_window()

    def newly_stalled(self) -> frozenset[str]:
        """Collections that have stopped since the last call."""
        new, self._new = self._new, frozenset()
        return new

    def _close_window(self) -> None:
        seen = self._now
        # Once stalled it stays so until it comes again; the windows before the stall are kept for that long.
        stalled = {name for name in self._expected() | self.stalled if not seen[name]} if seen else set()
        self._new = frozenset(stalled - self.stalled)
        self.stalled = frozenset(stalled)
        self._past.append(seen)
        self._now = Counter()
        self._ends_s = self._clock.monotonic_s() + WINDOW_S

    def _expected(self) -> set[str]:
        if len(self._past) < KEPT_WINDOWS:
            return set()
        return {name for name in self._past[0] if all(past[name] >= STEADY_EVENTS for past in self._past)}
