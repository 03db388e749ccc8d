"""Turn the times of a question into offsets of history, and words for lengths of time into microseconds."""

import re
from datetime import UTC, datetime

from skywarden.app.investigate.reading import Reading, Wanted
from skywarden.app.investigate.run import Span
from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset, UtcMicros

DAY_US = 86_400 * SECOND_US
_UNITS = {"s": SECOND_US, "m": 60 * SECOND_US, "h": 3_600 * SECOND_US, "d": DAY_US, "w": 7 * DAY_US}
_LENGTH = re.compile(r"(\d{1,9})\s*([smhdw])", re.ASCII)


def length_us(text: str, place: str) -> int:
    """Read 90s, 15m, 6h, 30d or 2w. Raises: Rejected."""
    match = _LENGTH.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        expected = "a number of at least 1 and s, m, h, d or w, such as 90m or 7d"
        raise Rejected("not a length of time", place=place, expected=expected, found=repr(text))
    return int(match[1]) * _UNITS[match[2]]


def moment_us(text: str, place: str, end_us: int) -> int:
    """Read a length of time before the end of what is held, or a moment as 2026-07-04 or 2026-07-04T12:30:00Z."""
    if _LENGTH.fullmatch(text.strip()):
        return end_us - length_us(text, place)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        expected = "a length of time such as 7d, or a moment such as 2026-07-04T12:30:00Z"
        raise Rejected("not a time", place=place, expected=expected, found=repr(text)) from error
    moment = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND_US)


def span_of(reading: Reading, since_us: int | None, until_us: int | None) -> Span:
    """The stretch that is meant: without an end what is held, without a beginning a day. Raises: Rejected."""
    until_us = end_us(reading) if until_us is None else until_us
    since_us = until_us - DAY_US if since_us is None else since_us
    if since_us >= until_us:
        raise Rejected("empty stretch of time", place="since", expected=f"before {until_us}", found=str(since_us))
    return Span(since_us, until_us)


def end_us(reading: Reading) -> int:
    """Just after the last event that is held; 1970 where none is."""
    first, end = reading.span()
    if first == end:
        return 1
    [last] = reading.batches(Wanted(Offset(end - 1), end, frozenset({"time_us"})))
    return int(last.rows.column("time_us")[-1].as_py()) + 1


def offsets_of(reading: Reading, span: Span) -> tuple[Offset, Offset]:
    """The first offset of a stretch, and the offset after its last."""
    return reading.offset_at(UtcMicros(span.since_us)), reading.offset_at(UtcMicros(span.until_us))
