"""Write points in time the one way that labels carry them: UTC, milliseconds, `Z`."""

from datetime import UTC, datetime, timedelta

from skywarden.kernel.ids import UtcMicros

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_US = 1_000


def datetime_text(time_us: UtcMicros) -> str:
    """Shape: microseconds since 1970 -> "2024-10-23T17:51:19.128Z"; what is finer than a millisecond is cut off."""
    moment = _EPOCH + timedelta(milliseconds=time_us // _MS_US)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def datetime_us(text: str) -> UtcMicros:
    """Read back what `datetime_text` wrote."""
    return UtcMicros((datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1))


def later_than(text: str, time_us: UtcMicros) -> UtcMicros:
    """`time_us`, or the first millisecond after `text` if that is later: the newer of two labels has the later cts."""
    return max(time_us, UtcMicros(datetime_us(text) + _MS_US))
