"""Turn a series of rates into the points of an SVG line."""

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
