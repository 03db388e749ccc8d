"""Give the time to those who may know it; rules and features may not (INV-4)."""

import time
from dataclasses import dataclass
from typing import Protocol

from skywarden.kernel.ids import UtcMicros

SECOND_US = 1_000_000


class Clock(Protocol):
    """Source of wall time and of monotonic time."""

    def now_us(self) -> UtcMicros: ...

    def monotonic_s(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now_us(self) -> UtcMicros:
        return UtcMicros(time.time_ns() // 1_000)

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that tests move by hand."""

    at_us: UtcMicros = UtcMicros(1_700_000_000_000_000)
    at_s: float = 0.0

    def now_us(self) -> UtcMicros:
        return self.at_us

    def monotonic_s(self) -> float:
        return self.at_s

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds`."""
        self.at_us = UtcMicros(self.at_us + round(seconds * SECOND_US))
        self.at_s += seconds
