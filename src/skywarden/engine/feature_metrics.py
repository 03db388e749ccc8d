"""Turn what features hold into metrics, and say once when one has reached its memory limit."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class FeatureUse:
    """What one feature holds. `evicted`: how often it forgot something before its time, since its state began."""

    name: str
    keys: int
    held_bytes: int
    evicted: int


class FeatureMetrics:
    """Metrics of the features of one engine; evictions of earlier runs, known from a snapshot, are not counted."""

    def __init__(
        self,
        metrics: Metrics,
        logger: Logger,
        restored: Iterable[FeatureUse],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._logger = logger
        self._clock_s = clock_s
        self._evicted = {use.name: use.evicted for use in restored}
        self._full: set[str] = set()
        self._next_s = 0.0

    def due(self) -> bool:
        """Has a while passed since the last note? Asking all features at every small batch would cost too much."""
        return self._clock_s() >= self._next_s

    def note(self, uses: Iterable[FeatureUse]) -> None:
        """Set the metrics."""
        self._next_s = self._clock_s() + INTERVAL_S
        for use in uses:
            self._metrics.set(catalog.ENGINE_FEATURE_KEYS, use.keys, feature=use.name)
            self._metrics.set(catalog.ENGINE_FEATURE_BYTES, use.held_bytes, feature=use.name)
            more = use.evicted - self._evicted.get(use.name, 0)
            self._evicted[use.name] = use.evicted
            if more > 0:
                self._metrics.add(catalog.ENGINE_FEATURE_EVICTED, more, feature=use.name)
                self._say_full(use)

    def _say_full(self, use: FeatureUse) -> None:
        if use.name not in self._full:
            self._full.add(use.name)
            self._logger.warning(catalog.FEATURE_FULL, feature=use.name, keys=use.keys, bytes=use.held_bytes)
