"""Keep what a conjunction demands of each value, and tell when two demands exclude each other."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from skywarden.rules.core import Core
from skywarden.rules.types import Type

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Demand:
    """One comparison of a value with a constant. `tunable`: the constant comes from a parameter."""

    value: Core
    op: str
    constant: Scalar
    type: Type
    whole: bool = False
    tunable: bool = False


@dataclass(frozen=True, slots=True)
class _Range:
    """What may still be, and the demands that set the ends."""

    low: int | float = -math.inf
    low_by: Demand | None = None
    high: int | float = math.inf
    high_by: Demand | None = None


Clash = tuple[Demand, Demand | None]
"""Two demands that exclude each other; the second is None where the first is impossible by the value's nature."""


@dataclass(slots=True)
class Demands:
    """The demands of one conjunction, by value."""

    _ranges: dict[Hashable, _Range] = field(default_factory=dict)
    _texts: dict[Hashable, dict[Scalar, Demand]] = field(default_factory=dict)
    _excluded: dict[Hashable, dict[Scalar, Demand]] = field(default_factory=dict)

    def add(self, key: Hashable, demand: Demand, *, least: float = -math.inf) -> Clash | None:
        """Note a demand on a value that is at least `least` by its nature; tell what it clashes with."""
        if demand.op in ("eq", "ne"):
            clash = self._equal(key, demand) if demand.op == "eq" else self._unequal(key, demand)
            if clash is not None or isinstance(demand.constant, bool | str):
                return clash
        return None if isinstance(demand.constant, str) else self._within(key, demand, demand.constant, least)

    def _equal(self, key: Hashable, demand: Demand) -> Clash | None:
        same = self._texts.setdefault(key, {})
        same.setdefault(demand.constant, demand)
        other = next((known for value, known in same.items() if value != demand.constant), None)
        other = other or self._excluded.get(key, {}).get(demand.constant)
        return None if other is None else (demand, other)

    def _unequal(self, key: Hashable, demand: Demand) -> Clash | None:
        self._excluded.setdefault(key, {})[demand.constant] = demand
        other = self._texts.get(key, {}).get(demand.constant)
        return None if other is None else (demand, other)

    def _within(self, key: Hashable, demand: Demand, value: int | float, least: float) -> Clash | None:
        now = self._ranges.get(key) or _Range(low=least)
        low, high = _ends(demand.op, value, whole=demand.whole)
        if low > now.low:
            now = replace(now, low=low, low_by=demand)
        if high < now.high:
            now = replace(now, high=high, high_by=demand)
        self._ranges[key] = now
        if now.low <= now.high:
            return None
        other = now.low_by if now.high_by is demand else now.high_by
        return (demand, other)


def _ends(op: str, value: int | float, *, whole: bool) -> tuple[int | float, int | float]:
    """The least and the largest value that a comparison allows; whole numbers are kept exact."""
    if not math.isfinite(value):
        return -math.inf, math.inf
    up: int | float = math.floor(value) + 1 if whole else math.nextafter(value, math.inf)
    down: int | float = math.ceil(value) - 1 if whole else math.nextafter(value, -math.inf)
    ends: dict[str, tuple[int | float, int | float]] = {
        "lt": (-math.inf, down),
        "le": (-math.inf, value),
        "gt": (up, math.inf),
        "ge": (value, math.inf),
        "eq": (value, value),
    }
    return ends.get(op, (-math.inf, math.inf))
