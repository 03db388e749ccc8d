"""Read a column as plain values, and write values for people."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from skywarden.engine.columns import Bools, Column, Flat, Lists, Numbers, Text
from skywarden.model.hit import Value
from skywarden.rules.core import Slot
from skywarden.rules.types import Base, Type

_REASON_CHARS = 1_000
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def values_of(column: Column, length: int, kind: Type) -> list[Value]:
    """The values of all rows; None is unknown. Durations and times become text for people."""
    if isinstance(column, Lists):
        return _lists_of(column, length, kind.item)
    values = _one_each(column, kind)
    return values if len(values) == length else values * length


def _lists_of(column: Lists, length: int, kind: Type) -> list[Value]:
    """Each row's list, every element as text."""
    texts = [str(value) for value in _one_each(column.items, kind)]
    bounds = np.searchsorted(column.parents, np.arange(length + 1)).tolist()
    spans = zip(bounds, bounds[1:], column.valid.tolist(), strict=False)
    return [texts[start:stop] if known else None for start, stop, known in spans]


def _one_each(column: Flat | Text, kind: Type) -> list[Value]:
    if isinstance(column, Text):
        texts: list[Value] = column.array.to_pylist()
        return texts
    return _plain(column.values, column.valid, kind)


def _plain(values: Numbers, valid: Bools, kind: Type) -> list[Value]:
    """Numbers and bools as Python's own."""
    found = values.tolist()
    write = _WRITERS.get(kind.base)
    if write is not None:
        found = [write(value) if known else None for value, known in zip(found, valid.tolist(), strict=True)]
    elif not valid.all():
        found = [value if known else None for value, known in zip(found, valid.tolist(), strict=True)]
    return list(found)


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


_WRITERS: Mapping[Base, Callable[[int], Value]] = {
    Base.INT: int,
    Base.DURATION: duration_text,
    Base.TIME: time_text,
}


def reasons(template: tuple[str | Slot, ...], names: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[str]:
    """Fill a reason template with the values of each row, which stand in the order of names; unknown is called so."""
    places = {name: at for at, name in enumerate(names)}
    parts = [places.get(part.name, -1) if isinstance(part, Slot) else part for part in template]
    return [
        "".join([part if isinstance(part, str) else _shown(row, part) for part in parts])[:_REASON_CHARS]
        for row in rows
    ]


def _shown(row: Sequence[Value], at: int) -> str:
    value = row[at] if at >= 0 else None
    if isinstance(value, str):
        return value
    if value is None:
        return "(unknown)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
