"""Turn hits over time into the bars of an SVG chart: geometry and words, no markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from skywarden.kernel.clock import SECOND_US

WIDTH, HEIGHT = 960, 160
_HOUR_US = 3_600 * SECOND_US
_DAY_US = 24 * _HOUR_US
_MOST_BARS = 240
_STEPS_US = (_HOUR_US, 6 * _HOUR_US, _DAY_US, 7 * _DAY_US)
_MARKS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of a WIDTH x HEIGHT box, and what it says."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A time written below the chart."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from left to right; `peak` is the value of the highest, `step` what one stands for."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    peak: int
    step: str


def hits_chart(series: Sequence[tuple[int, int]], since_us: int, until_us: int) -> Chart:
    """Draw hits by hour in the finest steps that leave bars wide enough to see."""
    step_us = next((step for step in _STEPS_US if (until_us - since_us) / step <= _MOST_BARS), _STEPS_US[-1])
    first = since_us // step_us
    slots = max((until_us - 1) // step_us - first + 1, 1)
    counts = [0] * slots
    for start_us, hits in series:
        counts[min(max(start_us // step_us - first, 0), slots - 1)] += hits
    peak, width = max(counts), WIDTH / slots
    bars = [
        Bar(
            x=round(width * slot, 2),
            y=round(HEIGHT - HEIGHT * count / peak, 2),
            width=round(max(width - 1, width * 0.8), 2),
            height=round(HEIGHT * count / peak, 2),
            words=f"{time_words((first + slot) * step_us, step_us)}: {count:,}",
        )
        for slot, count in enumerate(counts)
        if count
    ]
    places = range(0, slots, max(-(-slots // _MARKS), 1))
    marks = [Mark(round(width * slot, 2), time_words((first + slot) * step_us, step_us)) for slot in places]
    return Chart(tuple(bars), tuple(marks), peak, step_words(step_us))


def time_words(time_us: int, step_us: int = 1) -> str:
    """A time in UTC, as exactly as a step of the chart asks for."""
    form = "%Y-%m-%d" if step_us >= _DAY_US else "%m-%d %H:%M" if step_us > 1 else "%Y-%m-%d %H:%M:%S"
    return datetime.fromtimestamp(time_us / SECOND_US, UTC).strftime(form)


def step_words(step_us: int) -> str:
    """hour, 6 hours, day, week."""
    return {_HOUR_US: "hour", 6 * _HOUR_US: "6 hours", _DAY_US: "day", 7 * _DAY_US: "week"}[step_us]
