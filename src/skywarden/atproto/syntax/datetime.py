"""Turn AT Protocol datetimes into microseconds of UTC and back."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros

MAX_DATETIME_CHARS: Final = 64
_DATETIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?(?:Z|(?!-00:00)([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
DATETIME_PATTERN: Final = (
    r"(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|(?!-00:00)[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
"""The same as one pattern, where a checker takes nothing else; only the first hours of the year 0 differ."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - without a zone it is written several times faster; it is UTC
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAYS_OF_400_YEARS = 146_097
_DAY_US = 86_400_000_000
_YEAR_0_US = (date(400, 1, 1).toordinal() - _DAYS_OF_400_YEARS - _EPOCH_DAY) * _DAY_US


def is_datetime(text: str) -> bool:
    """Tell whether this is a datetime: ISO 8601 and RFC 3339 at once, with `T` and a zone, of a day that exists."""
    return _micros(text) is not None


def datetime_micros(text: str) -> UtcMicros:
    """Read a datetime; digits past the microsecond are cut off. The year 0 is allowed.

    Raises: Rejected (`datetime-syntax`).
    """
    micros = _micros(text)
    if micros is None:
        expected = "a datetime such as 2026-07-04T12:30:00.123Z"
        raise Rejected("datetime-syntax", expected=expected, found=repr(text[:80]))
    return micros


@lru_cache(maxsize=8_192)
def datetime_text(us: int) -> str:
    """Write a moment of the years 1 to 9999 as atproto prefers it: UTC, milliseconds, `Z`.

    Pages show the same moments again and again, so the last ones are remembered.
    """
    moment = _EPOCH + timedelta(microseconds=us)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _micros(text: str) -> UtcMicros | None:
    match = _DATETIME.fullmatch(text)
    if match is None or len(text) > MAX_DATETIME_CHARS:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = match.groups()
    ordinal = _ordinal(int(year), int(month), int(day))
    if ordinal is None:
        return None
    seconds = int(hour) * 3_600 + int(minute) * 60 + int(second)
    if sign is not None:
        offset = int(zone_hour) * 3_600 + int(zone_minute) * 60
        seconds += -offset if sign == "+" else offset
    us = (ordinal - _EPOCH_DAY) * _DAY_US + seconds * 1_000_000 + (int(fraction[:6].ljust(6, "0")) if fraction else 0)
    return UtcMicros(us) if us >= _YEAR_0_US else None


def _ordinal(year: int, month: int, day: int) -> int | None:
    """Number a day as `date.toordinal` does. Python's years start at 1; the calendar repeats every 400."""
    early = year < 1
    try:
        ordinal = date(year + 400 if early else year, month, day).toordinal()
    except ValueError:
        return None
    return ordinal - _DAYS_OF_400_YEARS if early else ordinal
