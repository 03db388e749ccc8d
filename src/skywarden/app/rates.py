"""Turn a growing total into rates, a fixed step apart."""

import threading
from collections import deque
from dataclasses import dataclass, field

from skywarden.kernel.clock import Clock

STEP_S = 5.0
KEPT = 120


@dataclass(slots=True)
class RateHistory:
    """The last KEPT rates of one total, oldest first. Safe from several threads."""

    clock: Clock
    _rates: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    _at_s: float | None = None
    _total: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sample(self, total: int) -> None:
        """Take the total now; a rate is added once a step has passed since the last one."""
        with self._lock:
            now_s = self.clock.monotonic_s()
            if self._at_s is None:
                self._at_s, self._total = now_s, total
            elif now_s - self._at_s >= STEP_S:
                self._rates.append((total - self._total) / (now_s - self._at_s))
                self._at_s, self._total = now_s, total

    def rates(self) -> list[float]:
        """Units: per second."""
        with self._lock:
            return list(self._rates)
