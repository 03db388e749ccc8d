"""Turn what a moderator says of a time into the one moment at which an action happens. Pure."""

import hashlib
import hmac
from dataclasses import dataclass

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros

INVALID_SCHEDULING = "InvalidScheduling"

OPEN_RANGE_US = 30 * SECOND_US
"""How long a range is whose end nobody gave."""


@dataclass(frozen=True, slots=True)
class When:
    """Either an exact moment, or a range within which one is drawn (`until_us` None: 30 s after its beginning)."""

    at_us: UtcMicros | None = None
    after_us: UtcMicros | None = None
    until_us: UtcMicros | None = None

    @property
    def is_random(self) -> bool:
        """Whether the moment is drawn."""
        return self.at_us is None

    def due_us(self, seed: bytes, action_id: int) -> UtcMicros:
        """The moment: given, or drawn uniformly from the range, both ends included.

        Shape: the same seed and id always draw the same moment; without the seed it cannot be foreseen.
        """
        if self.at_us is not None:
            return self.at_us
        assert self.after_us is not None
        length_us = OPEN_RANGE_US if self.until_us is None else self.until_us - self.after_us
        drawn = hmac.digest(seed, f"scheduled action {action_id}".encode(), hashlib.sha256)
        return UtcMicros(self.after_us + int.from_bytes(drawn[:16], "big") % (length_us + 1))


def read_when(at: str | None, after: str | None, until: str | None) -> When:
    """Read the datetimes of a schedulingConfig; an exact time goes before a range.

    Raises: Rejected InvalidScheduling, when there is neither, or a range that ends before it begins.
    """
    if at is not None:
        return When(at_us=datetime_micros(at))
    if after is None:
        raise Rejected(INVALID_SCHEDULING, place="scheduling", expected="executeAt or executeAfter", found="neither")
    when = When(after_us=datetime_micros(after), until_us=None if until is None else datetime_micros(until))
    if when.after_us is not None and when.until_us is not None and when.after_us >= when.until_us:
        raise Rejected(
            INVALID_SCHEDULING, place="scheduling.executeAfter", expected="a time before executeUntil", found=after
        )
    return when
