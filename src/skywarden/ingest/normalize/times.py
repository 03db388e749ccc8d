"""Turn datetime strings of the AT Protocol into microseconds, the usual form fast."""

from datetime import datetime, timedelta

from skywarden.atproto.syntax import datetime as datetime_syntax
from skywarden.kernel.errors import Rejected

_USUAL_LENGTH = len("2024-01-31T12:34:56.789Z")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - all arithmetic here is in UTC, without a zone
_MICROSECOND = timedelta(microseconds=1)


def datetime_micros(text: str) -> int:
    """Read a datetime; digits past microseconds are cut off.

    Raises: Rejected, when it is not of the AT Protocol's form or no point in time (PROTOCOL.md 61).
    """
    # The form that nearly all clients write; these checks leave only digits for fromisoformat to judge.
    if len(text) == _USUAL_LENGTH and text[23] == "Z" and text[19] == "." and text[10] == "T" and text[7] == "-":
        try:
            return (datetime.fromisoformat(text[:23]) - _EPOCH) // _MICROSECOND
        except ValueError:
            pass
    return datetime_syntax.datetime_micros(text)


def created_micros(text: str) -> int | None:
    """Read `createdAt`; what is no datetime is None, for authors write anything."""
    try:
        return datetime_micros(text)
    except Rejected:
        return None
