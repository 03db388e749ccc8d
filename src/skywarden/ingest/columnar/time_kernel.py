"""Read datetimes of the usual form, `2024-01-31T12:34:56.789Z`, in compiled code."""

from skywarden.ingest.columnar.layout import NO_TIME, Bytes, byte, literal
from skywarden.kernel.compiled import kernel

USUAL_CHARS = 24

_FORM = literal(b"0000-00-00T00:00:00.000Z")
_ZERO, _NINE = b"09"


@kernel
def _digits(buf: Bytes, at: int, width: int) -> int:
    value = 0
    for offset in range(width):
        value = 10 * value + byte(buf, at + offset) - _ZERO
    return value


@kernel
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "days_from_civil")."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


@kernel
def _month_days(year: int, month: int) -> int:
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@kernel
def usual_micros(buf: Bytes, at: int, length: int) -> int:
    """Microseconds since 1970; NO_TIME for every other form and for what is no point in time."""
    if length != USUAL_CHARS:
        return NO_TIME
    for offset in range(USUAL_CHARS):
        letter, form = byte(buf, at + offset), _FORM[offset]
        if form == _ZERO:
            if letter < _ZERO or letter > _NINE:
                return NO_TIME
        elif letter != form:
            return NO_TIME
    year, month, day = _digits(buf, at, 4), _digits(buf, at + 5, 2), _digits(buf, at + 8, 2)
    hour, minute, second = _digits(buf, at + 11, 2), _digits(buf, at + 14, 2), _digits(buf, at + 17, 2)
    if year < 1 or month < 1 or month > 12 or day < 1 or day > _month_days(year, month):
        return NO_TIME
    if hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    seconds = ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    return seconds * 1_000_000 + _digits(buf, at + 20, 3) * 1_000
