"""Turn the values of an Ozone's columns into ours: times to microseconds, subjects to their uris."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.model.team import Role

Row = Mapping[str, Any]


def micros(value: object) -> UtcMicros | None:
    """A timestamp, which Ozone stores as text or as timestamptz, in microseconds; None stays None.

    Raises: Rejected, when it is no time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return UtcMicros(round(aware.timestamp() * 1_000_000))
    return UtcMicros(datetime_micros(str(value)))


def needed_micros(value: object, place: str) -> UtcMicros:
    """A timestamp that must be there."""
    found = micros(value)
    if found is None:
        raise Rejected("ozone_row", place=place, expected="a time", found="null")
    return found


def role_name(role: str | None) -> str | None:
    """`tools.ozone.team.defs#roleAdmin` to `admin`."""
    return None if role is None else Role(role).name.lower()
