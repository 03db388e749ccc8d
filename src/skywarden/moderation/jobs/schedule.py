"""Say when something is tried next: how often it has failed to a moment. Pure: no clock, no chance of its own."""

import hashlib

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.ids import UtcMicros

FIRST_PAUSE_US = 2 * SECOND_US
MOST_PAUSE_US = 900 * SECOND_US
"""A job that fails is tried again after 2 s, 4 s ... 15 minutes."""

_JITTER = 0.25


def pause_us(name: str, failures: int, first_us: int, most_us: int) -> int:
    """How long to wait after so many failures in a row: doubling, shortened by up to a quarter.

    Shape: the shortening is drawn from the name and the count, so that it is the same each time it is asked for, and
    different for things that failed together.
    """
    assert failures > 0
    full = min(first_us << min(failures - 1, 62), most_us)
    drawn = hashlib.sha256(f"{name}:{failures}".encode()).digest()
    return full - int(full * _JITTER * int.from_bytes(drawn[:4], "big") / 2**32)


def next_good_us(every_us: int, now_us: UtcMicros, *, more: bool) -> UtcMicros:
    """When a job runs after a good run: at once where more waits."""
    return UtcMicros(now_us if more else now_us + every_us)


def next_failed_us(name: str, failures: int, now_us: UtcMicros) -> UtcMicros:
    """When a job runs after a failed run: soon at first, 15 minutes later at last; `failures` counts the last run."""
    return UtcMicros(now_us + pause_us(name, failures, FIRST_PAUSE_US, MOST_PAUSE_US))
