"""Read what people write for a time, such as `30d` or `2026-11-23T08:00:00Z`, and write times for people."""

import re
from datetime import UTC, datetime, timedelta

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros

_SPAN = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
EXPECTED = "a span before now such as 90m, 12h or 30d, or a time such as 2026-11-23T08:00:00Z (UTC unless it says)"


def read_moment(text: str, now_us: UtcMicros, place: str) -> UtcMicros:
    """The moment that a text names; a span counts back from now. Raises: Rejected, naming the option at `place`."""
    span = _SPAN.fullmatch(text)
    if span is not None:
        return UtcMicros(now_us - int(span[1]) * _UNIT_S[span[2]] * 1_000_000)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Rejected("not a time", place=place, expected=EXPECTED, found=repr(text[:40])) from error
    moment = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return UtcMicros((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def time_text(time_us: int) -> str:
    """A time for people, to the second."""
    return datetime.fromtimestamp(time_us / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
