"""Turn moments into the datetime texts and record keys of the simulated network."""

from datetime import UTC, datetime

from skywarden.atproto.tid import tid_of
from skywarden.kernel.ids import RecordKey, Tid, UtcMicros

MILLI_US = 1_000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


def iso_millis(us: UtcMicros) -> str:
    """Write a moment as atproto's servers do."""
    return datetime.fromtimestamp(us / SECOND_US, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole_millis(us: UtcMicros) -> UtcMicros:
    """Cut a moment to what its text can say."""
    return UtcMicros(us - us % MILLI_US)


class TidCounter:
    """Hand out TIDs that only grow, near the moment asked for.

    Restart: pass the last moment used before, `after_us`.
    """

    def __init__(self, clock_id: int, after_us: UtcMicros) -> None:
        self._clock_id = clock_id
        self._last_us = int(after_us)

    def next(self, now_us: UtcMicros) -> Tid:
        self._last_us = max(int(now_us), self._last_us + 1)
        return tid_of(self._last_us, self._clock_id)

    def next_rkey(self, now_us: UtcMicros) -> RecordKey:
        return RecordKey(self.next(now_us))
