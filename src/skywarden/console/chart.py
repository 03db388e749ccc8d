"""Turn series of numbers into SVG geometry: a line of rates, bars of counts."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 600
HEIGHT = 120


@dataclass(frozen=True, slots=True)
class Line:
    """SVG geometry in a WIDTH x HEIGHT box; `peak` is the value at the top edge."""

    points: str
    area: str
    peak: float


def line_of(values: Sequence[float], slots: int) -> Line:
    """Draw the newest `slots` values right-aligned, zero at the bottom.

    Shape: no values -> empty strings. Units: those of `values`.
    """
    shown = list(values)[-slots:]
    if not shown:
        return Line("", "", 0.0)
    peak = max(max(shown), 1e-9)
    step = WIDTH / max(slots - 1, 1)
    left = WIDTH - step * (len(shown) - 1)
    places = [(left + i * step, HEIGHT - value / peak * (HEIGHT - 4)) for i, value in enumerate(shown)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Line(points, f"{left:.1f},{HEIGHT} {points} {WIDTH},{HEIGHT}", max(shown))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of counts over time; `start_us` is where its bucket begins."""

    x: float
    y: float
    width: float
    height: float
    count: int
    start_us: int


def bars_of(counts: Sequence[int], since_us: int, bucket_us: int) -> list[Bar]:
    """One bar a bucket, side by side over the whole box; the highest reaches the top."""
    peak, wide = max([*counts, 1]), WIDTH / max(len(counts), 1)
    return [
        Bar(
            x=round(number * wide, 2),
            y=round(HEIGHT - count / peak * (HEIGHT - 4), 2),
            width=round(max(wide * 0.9, 0.5), 2),
            height=round(count / peak * (HEIGHT - 4), 2),
            count=count,
            start_us=since_us + number * bucket_us,
        )
        for number, count in enumerate(counts)
    ]
