"""Turn a moment and a place's offset from UTC into how active its people are then."""

from skywarden.kernel.ids import UtcMicros

_HOUR_US = 3_600_000_000

ACTIVITY_BY_HOUR = (
    0.25, 0.15, 0.10, 0.08, 0.08, 0.12, 0.30, 0.60, 0.80, 0.75, 0.70, 0.75,
    0.95, 0.90, 0.75, 0.70, 0.75, 0.85, 1.00, 1.10, 1.20, 1.15, 0.85, 0.50,
)  # fmt: skip
"""Relative activity at each local hour: a quiet night, a rise at breakfast, peaks at noon and after dinner."""


def activity_at(now_us: UtcMicros, utc_offset_h: int) -> float:
    """Relative activity, linear between the full hours."""
    hours = now_us / _HOUR_US + utc_offset_h
    hour = int(hours) % 24
    share = hours % 1
    return ACTIVITY_BY_HOUR[hour] * (1 - share) + ACTIVITY_BY_HOUR[(hour + 1) % 24] * share
