"""Read one row of a column as a plain value, and write values for people."""

from datetime import UTC, datetime, timedelta

from skywarden.engine.columns import Column, Flat, Lists, Text
from skywarden.model.hit import Value
from skywarden.rules.core import Slot
from skywarden.rules.types import DURATION, TIME, Base, Type

_REASON_CHARS = 1_000
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def value_at(column: Column, row: int, kind: Type) -> Value:
    """The value of one row; None is unknown. Durations and times become text for people."""
    match column:
        case Lists(parents=parents, items=items, valid=valid):
            if not valid[row]:
                return None
            elements = [number for number, parent in enumerate(parents.tolist()) if parent == row]
            return [str(value_at(items, element, kind.item)) for element in elements]
        case Text(array=array):
            found: str | None = array[row if len(array) > 1 else 0].as_py()
            return found
        case Flat(values=values, valid=valid):
            at = row if len(values) > 1 else 0
            return _plain(values[at].item(), kind) if valid[at] else None


def _plain(value: bool | int | float, kind: Type) -> Value:
    if kind == DURATION:
        return duration_text(int(value))
    if kind == TIME:
        return time_text(int(value))
    return int(value) if kind.base is Base.INT else value


def duration_text(micros: int) -> str:
    """3d 4h, 12min 5s, 0.25s: the two largest units."""
    sign, rest = ("-" if micros < 0 else ""), abs(micros)
    if rest < 60_000_000:
        return f"{sign}{rest / 1e6:g}s"
    seconds = rest // 1_000_000
    parts = []
    for name, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{name}")
    return sign + " ".join(parts[:2])


def time_text(micros: int) -> str:
    """ISO 8601 in UTC; times outside the calendar stay microseconds."""
    try:
        return (_EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return f"{micros}us"


def reason_text(template: tuple[str | Slot, ...], values: dict[str, Value]) -> str:
    """Fill a reason template; what is unknown is called so."""
    parts = [_shown(values.get(part.name)) if isinstance(part, Slot) else part for part in template]
    return "".join(parts)[:_REASON_CHARS]


def _shown(value: Value) -> str:
    if value is None:
        return "(unknown)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
