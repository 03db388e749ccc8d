"""Cut event time into slices, so that a window forgets whole slices and not single events."""

from dataclasses import dataclass

SLICES = 60


@dataclass(frozen=True, slots=True)
class Slices:
    """A window as `count` slices of `width_us`; it covers the slice of now and the `count` - 1 before it.

    So an event older than the window never counts, and one within counts unless it is in the oldest slice's
    stretch: the error is at most one slice, and the same however the log is split. With `exact` a slice is one
    microsecond and the window is exactly (t - over, t].
    """

    width_us: int
    count: int

    @classmethod
    def over(cls, over_us: int, *, exact: bool = False) -> "Slices":
        if exact:
            return cls(width_us=1, count=over_us)
        return cls(width_us=max(1, -(-over_us // SLICES)), count=SLICES)

    def number(self, now_us: int) -> int:
        """The slice that a time is in."""
        return now_us // self.width_us

    def floor(self, number: int) -> int:
        """The newest slice that is out of the window when `number` is the slice of now."""
        return number - self.count
