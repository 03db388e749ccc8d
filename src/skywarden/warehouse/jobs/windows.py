"""Turn moments into closed hours and days of UTC, and what is done into what is due."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


class Grain(StrEnum):
    """How long a window is."""

    HOUR = "hour"
    DAY = "day"

    @property
    def length_us(self) -> int:
        return HOUR_US if self is Grain.HOUR else DAY_US


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A whole hour or day, its end not included."""

    start_us: UtcMicros
    grain: Grain

    @property
    def stop_us(self) -> UtcMicros:
        return UtcMicros(self.start_us + self.grain.length_us)

    @property
    def name(self) -> str:
        """Such as 2026-11-22 or 2026-11-22T05."""
        moment = datetime.fromtimestamp(self.start_us / 1_000_000, UTC)
        return moment.strftime("%Y-%m-%d" if self.grain is Grain.DAY else "%Y-%m-%dT%H")

    @property
    def day(self) -> str:
        """The day that it is in."""
        return self.name[:10]

    def back(self, windows: int) -> UtcMicros:
        """The beginning of a stretch of so many windows that ends with this one."""
        return UtcMicros(self.stop_us - windows * self.grain.length_us)

    def before(self, windows: int = 1) -> "Window":
        """An earlier window."""
        return Window(UtcMicros(self.start_us - windows * self.grain.length_us), self.grain)


def window_at(time_us: int, grain: Grain) -> Window:
    """The window that a moment is in."""
    return Window(UtcMicros(time_us - time_us % grain.length_us), grain)


def read_window(text: str, grain: Grain) -> Window:
    """Read the name of a window. Raises: Rejected."""
    form = "%Y-%m-%d" if grain is Grain.DAY else "%Y-%m-%dT%H"
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as error:
        expected = "a day such as 2026-11-22" if grain is Grain.DAY else "an hour of UTC such as 2026-11-22T05"
        raise Rejected("bad window", place=text, expected=expected) from error
    return Window(UtcMicros(int(moment.timestamp()) * 1_000_000), grain)


def due_windows(grain: Grain, first_us: int, closed_us: int, done: Set[Window], most: int) -> list[Window]:
    """Windows that are closed and not done, the newest `most` of them, oldest first.

    Shape: `first_us` is the time of the first event that there is, `closed_us` the moment before which nothing new
           comes; only whole windows that begin after neither are meant.
    """
    found: list[Window] = []
    window = window_at(closed_us, grain).before()
    while window.stop_us > first_us and len(found) < most:
        if window not in done:
            found.append(window)
        window = window.before()
    return found[::-1]
