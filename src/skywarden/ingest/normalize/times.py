"""Turn datetime strings of the AT Protocol into microseconds."""

import re
from datetime import datetime, timedelta

from skywarden.kernel.errors import Rejected

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,20}))?(?:Z|(?!-00:00)([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)
_USUAL_LENGTH = len("2024-01-31T12:34:56.789Z")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - all arithmetic here is in UTC, without a zone
_MICROSECOND = timedelta(microseconds=1)
_MINUTE_US = 60_000_000


def datetime_micros(text: str) -> int:
    """Read a datetime; digits past microseconds are cut off.

    Raises: Rejected, when it is not of the AT Protocol's form or no point in time (PROTOCOL.md 61).
    """
    try:
        # The form that nearly all clients write; the checks leave only digits for fromisoformat to judge.
        if len(text) == _USUAL_LENGTH and text[23] == "Z" and text[19] == "." and text[10] == "T" and text[7] == "-":
            return (datetime.fromisoformat(text[:23]) - _EPOCH) // _MICROSECOND
        return _any_form(text)
    except ValueError as error:
        raise Rejected("datetime", expected="a datetime such as 2024-01-31T12:34:56.789Z", found=text[:64]) from error


def created_micros(text: str) -> int | None:
    """Read `createdAt`; what is no datetime is None, for authors write anything."""
    try:
        return datetime_micros(text)
    except Rejected:
        return None


def _any_form(text: str) -> int:
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    seconds, fraction, sign, hours, minutes = found.groups()
    micros = (datetime.fromisoformat(seconds) - _EPOCH) // _MICROSECOND + int((fraction or "0")[:6].ljust(6, "0"))
    if sign is None:
        return micros
    offset_us = (int(hours) * 60 + int(minutes)) * _MINUTE_US
    return micros - offset_us if sign == "+" else micros + offset_us
