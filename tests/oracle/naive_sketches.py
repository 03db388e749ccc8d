"""Answer `trending`, `heavy` and `similar` by replaying everything that was ever added, in plain Python.

What the engine keeps in tables is made anew for each answer; floating point is done in the documented order.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

SLICES, PARTS = 60, 12
FEW_EVENTS, ALARM, LEAST_PERIODS = 5, 4.0, 5
BANDS, ROWS = 21, 3


@dataclass(slots=True)
class Baseline:
    """A key's usual count: of `periods` periods, at most `memory`; `frozen` alarms in a row were left out."""

    memory: int
    mean: float = 0.0
    variance: float = 0.0
    periods: int = 0
    frozen: int = 0

    def deviations(self, count: float) -> float:
        """How far a count is above the mean; counts vary at least as chance makes them vary."""
        return (count - self.mean) / math.sqrt(max(self.variance, self.mean) + 1.0)

    def learn(self, count: int) -> None:
        """Take a period in."""
        alarm = self.periods >= LEAST_PERIODS and count >= FEW_EVENTS and self.deviations(count) > ALARM
        if alarm and self.frozen < self.memory:
            self.frozen += 1
            return
        if not alarm:
            self.frozen = 0
        share = max(2.0 / (self.memory + 1.0), 1.0 / (self.periods + 1.0))
        apart = count - self.mean
        self.mean += share * apart
        self.variance = (1.0 - share) * (self.variance + share * (apart * apart))
        self.periods = min(self.periods + 1, self.memory)

    def learn_silence(self, periods: int) -> None:
        """Take many periods without an event in at once."""
        if periods == 0:
            return
        self.frozen = 0
        even = min(periods, max(0, (self.memory + 1) // 2 - self.periods))
        if even:
            total = self.periods + even
            square = self.mean * self.mean
            self.variance = (self.periods / total) * (self.variance + square * (even / total))
            self.mean *= self.periods / total
        if periods > even:
            keep = power(1.0 - 2.0 / (self.memory + 1.0), periods - even)
            self.variance = keep * (self.variance + (self.mean * self.mean) * (1.0 - keep))
            self.mean *= keep
        self.periods = min(self.periods + periods, self.memory)


def power(factor: float, times: int) -> float:
    """By squaring, from the lowest bit up."""
    product = 1.0
    while times:
        if times & 1:
            product *= factor
        factor *= factor
        times >>= 1
    return product


def trend_score(times_us: Sequence[int], now_us: int, over_us: int, against_us: int) -> float | None:
    """The score of a key that was added at these times, the last of which may be now. None: not known yet."""
    memory = against_us // over_us
    baseline, newest, current, before = Baseline(memory), -memory - 1, 0, 0
    for time_us, adds in [*((time_us, True) for time_us in times_us), (now_us, False)]:
        period = time_us // over_us
        if period - newest > memory:
            baseline, current, before, newest = Baseline(memory), 0, 0, period
        if period > newest:
            baseline.learn(current)
            before = current if period == newest + 1 else 0
            baseline.learn_silence(period - newest - 1)
            current, newest = 0, period
        current += adds
    if baseline.periods < LEAST_PERIODS:
        return None
    count = current + before * ((over_us - now_us % over_us) / over_us)
    score = baseline.deviations(count)
    return min(score, 0.0) if count < FEW_EVENTS else score


Key = Hashable


def heavy_count(added: Sequence[tuple[int, Key]], key: Key, now_us: int, over_us: int, slots: int) -> int:
    """What is sure of a key's count in the 12 parts up to now, each with so many slots."""
    width_us = -(-over_us // PARTS)
    parts: dict[int, dict[Key, tuple[int, int, int]]] = {}
    for turn, (time_us, other) in enumerate(added):
        part = parts.setdefault(time_us // width_us, {})
        count, error = 0, 0
        if other in part:
            count, _, error = part[other]
        elif len(part) == slots:
            smallest = min(part, key=lambda held: part[held][:2])
            count = error = part.pop(smallest)[0]
        part[other] = (count + 1, turn, error)
    live = [part[key] for number, part in parts.items() if number > now_us // width_us - PARTS and key in part]
    return sum(count - error for count, _, error in live)


@dataclass(slots=True, eq=False)
class Representative:
    """The text that began a cluster; `bands` are those that find it."""

    signature: bytes
    used: int
    bands: set[tuple[Key, int, bytes]] = field(default_factory=set)


class NaiveClusters:
    """Every representative of every key, by its bands."""

    def __init__(self, over_us: int, threshold: float) -> None:
        self._width_us = -(-over_us // SLICES)
        self._threshold = threshold
        self._held: list[Representative] = []
        self._by_band: dict[tuple[Key, int, bytes], Representative] = {}

    def nearest(self, key: Key, signature: bytes, now_us: int) -> Representative | None:
        """The representative with most bytes in common, of equal ones the oldest; None where none is near enough."""
        self._forget(now_us)
        sharing = [self._by_band[band] for band in _bands(key, signature) if band in self._by_band]
        found = sorted((held for held in self._held if held in sharing), key=lambda held: -_in_common(held, signature))
        near = [held for held in found if _in_common(held, signature) >= self._threshold * len(signature)]
        return near[0] if near else None

    def add(self, key: Key, signature: bytes, now_us: int) -> Representative:
        """The cluster that a text belongs to from now on."""
        found = self.nearest(key, signature, now_us)
        if found is None:
            found = Representative(signature, 0)
            found.bands = {band for band in _bands(key, signature) if band not in self._by_band}
            self._by_band |= dict.fromkeys(found.bands, found)
            self._held.append(found)
        found.used = now_us // self._width_us
        return found

    def within(self, time_us: int, now_us: int) -> bool:
        """Whether an event still counts."""
        return time_us // self._width_us > now_us // self._width_us - SLICES

    def _forget(self, now_us: int) -> None:
        for held in [held for held in self._held if held.used <= now_us // self._width_us - SLICES]:
            self._held = [other for other in self._held if other is not held]
            for band in held.bands:
                del self._by_band[band]


def _bands(key: Key, signature: bytes) -> list[tuple[Key, int, bytes]]:
    return [(key, band, signature[ROWS * band : ROWS * band + ROWS]) for band in range(BANDS)]


def _in_common(held: Representative, signature: bytes) -> int:
    return sum(one == other for one, other in zip(held.signature, signature, strict=True))


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was added: when, for which key, its signature, and the value that is counted."""

    time_us: int
    key: Key
    signature: bytes
    member: object = None


def similar_count(
    added: Sequence[Text], asked: Text, over_us: int, threshold: float, *, adds: bool, distinct: bool
) -> int:
    """The size of the cluster of a text, which is the last of those added if it `adds`."""
    clusters = NaiveClusters(over_us, threshold)
    placed = [(text, clusters.add(text.key, text.signature, text.time_us)) for text in added]
    own = placed[-1][1] if adds else clusters.nearest(asked.key, asked.signature, asked.time_us)
    live = [text for text, cluster in placed if cluster is own and clusters.within(text.time_us, asked.time_us)]
    return len({text.member for text in live}) if distinct else len(live)
