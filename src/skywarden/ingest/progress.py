"""Turn what the pipeline has stored into the status that people see."""

from collections import deque
from dataclasses import dataclass, field

from skywarden.ingest.reconnect import Link
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import UtcMicros

RATE_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """How the intake stands. `state`: starting, running, ended or stopped; `lag_s` is None before the first event."""

    source: str
    state: str
    connected: bool
    cursor: str | None
    events: int
    events_per_s: float
    lag_s: float | None
    reconnects: int
    gaps: int
    quarantined: int
    stalled: tuple[str, ...]
    last_error: str


@dataclass(slots=True)
class Progress:
    """Counts of one pipeline; one thread writes, any may read."""

    clock: Clock
    cursor: str | None
    last_us: UtcMicros | None
    state: str = "starting"
    events: int = 0
    quarantined: int = 0
    last_error: str = ""
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def stored(self, events: int, quarantined: int, cursor: str | None, last_us: UtcMicros | None) -> None:
        """A batch is durable."""
        self.events += events
        self.quarantined += quarantined
        self.cursor = cursor or self.cursor
        self.last_us = last_us or self.last_us
        self.last_error = ""
        now_s = self.clock.monotonic_s()
        self._recent.append((now_s, events))
        while self._recent[0][0] <= now_s - RATE_WINDOW_S:
            self._recent.popleft()

    def events_per_s(self) -> float:
        """Mean over the last RATE_WINDOW_S seconds."""
        since_s = self.clock.monotonic_s() - RATE_WINDOW_S
        return sum(count for at_s, count in list(self._recent) if at_s > since_s) / RATE_WINDOW_S

    def lag_s(self) -> float | None:
        """Age of the newest durable event."""
        if self.last_us is None:
            return None
        return max(0.0, (self.clock.now_us() - self.last_us) / SECOND_US)

    def status(self, source: str, link: Link | None) -> IngestStatus:
        """Put it together; a source without a link counts as connected while it runs."""
        return IngestStatus(
            source=source,
            state=self.state,
            connected=self.state == "running" and (link is None or link.connected),
            cursor=self.cursor,
            events=self.events,
            events_per_s=self.events_per_s(),
            lag_s=self.lag_s(),
            reconnects=link.reconnects if link else 0,
            gaps=link.gaps if link else 0,
            quarantined=self.quarantined,
            stalled=tuple(sorted(link.stalled)) if link else (),
            last_error=self.last_error or (link.last_error if link else ""),
        )
