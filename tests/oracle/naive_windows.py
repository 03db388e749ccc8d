"""Answer stateful functions from the whole past of a key, slowly and plainly: the feature tables must agree.

Every answer is computed anew from all events that the function has ever seen, so nothing is evicted, kept in slices,
or updated; what the documentation says of slices is computed from the times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from oracle.naive_sketches import Text, heavy_count, similar_count, trend_score
from skywarden.detectors.similar import sign_texts
from skywarden.rules.core import Window

Scalar = bool | int | float | str | None
Plain = Scalar | list[Scalar]


@dataclass(slots=True)
class Seen:
    """One event: when, under which keys, with which values; for `similar` also whose."""

    time_us: int
    keys: list[tuple[Scalar, ...]]
    members: list[Scalar]
    whose: Scalar = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What one key's answer is made of; the last of `past` is the current event, `asked`, where that `adds`."""

    node: Window
    past: Sequence[Seen]
    key: tuple[Scalar, ...]
    asked: Seen
    adds: bool

    @property
    def now_us(self) -> int:
        """When the current event is."""
        return self.asked.time_us

    def of_key(self) -> list[Seen]:
        """Every event of the key, oldest first."""
        return [seen for seen in self.past if self.key in seen.keys]

    def live(self) -> list[Seen]:
        """The key's events within the window."""
        return [seen for seen in self.of_key() if within(self.node, seen.time_us, self.now_us)]


def within(node: Window, time_us: int, now_us: int) -> bool:
    """The documented window: (t - over, t], or the slice of now and the 59 before it."""
    if node.exact:
        return time_us > now_us - node.over_us
    width = -(-node.over_us // 60)
    return time_us // width > now_us // width - 60


def _count(memory: Memory) -> Scalar:
    return len(memory.live())


def _distinct(memory: Memory) -> Scalar:
    return len({member for seen in memory.live() for member in seen.members})


def _sum(memory: Memory) -> Scalar:
    return sum(member for seen in memory.live() for member in seen.members if isinstance(member, int))


def _first_seen(memory: Memory) -> Scalar:
    """The first of the key's events after which there was none so late that the key was forgotten before it."""
    first = last = None
    for seen in memory.of_key():
        if last is None or not within(memory.node, last, seen.time_us):
            first = seen.time_us
        last = seen.time_us
    return first if last is not None and within(memory.node, last, memory.now_us) else None


def _last_seen(memory: Memory) -> Scalar:
    earlier = memory.of_key()[:-1] if memory.adds else memory.of_key()
    if not earlier or not within(memory.node, earlier[-1].time_us, memory.now_us):
        return None
    return earlier[-1].time_us


def _rate_limited(memory: Memory) -> Scalar:
    """Replay the bucket: `tokens` come evenly in `per_us`; counted in parts of a token, `per_us` of them to one."""
    tokens, per_us, burst = (int(str(param)) for param in memory.node.params)
    full = burst * per_us
    level, last_us = full, 0
    limited = False
    times = [(seen.time_us, True) for seen in memory.of_key()]
    if not memory.adds:
        times.append((memory.now_us, False))
    for time_us, takes in times:
        level = min(full, level + (time_us - last_us) * tokens)
        last_us = time_us
        limited = level < per_us
        if takes and not limited:
            level -= per_us
    return limited


def _trending(memory: Memory) -> Scalar:
    times_us = [seen.time_us for seen in memory.of_key()]
    return trend_score(times_us, memory.now_us, memory.node.over_us, int(str(memory.node.params[0])))


def _heavy(memory: Memory) -> Scalar:
    """Of an event's keys, those that come after this one have not been counted yet."""
    added = [(seen.time_us, key) for seen in memory.past for key in seen.keys]
    if memory.adds:
        later = memory.asked.keys[memory.asked.keys.index(memory.key) + 1 :]
        added = added[: len(added) - len(later)]
    return heavy_count(added, memory.key, memory.now_us, memory.node.over_us, int(str(memory.node.params[0])))


def _similar(memory: Memory) -> Scalar:
    asked = _signed(memory.key, memory.asked)
    if asked is None:
        return None
    added = [text for seen in memory.of_key() if (text := _signed(memory.key, seen)) is not None]
    node = memory.node
    return similar_count(
        added, asked, node.over_us, float(str(node.params[0])), adds=memory.adds, distinct=node.member is not None
    )


def _signed(key: tuple[Scalar, ...], seen: Seen) -> Text | None:
    """An event's text by its signature; None where it says too little."""
    signatures, known = sign_texts(pa.array(seen.members, pa.string()))
    return Text(seen.time_us, key, signatures[0].tobytes(), seen.whose) if len(known) and known[0] else None


WINDOWS: dict[str, Callable[[Memory], Scalar]] = {
    "count": _count,
    "distinct": _distinct,
    "sum": _sum,
    "first_seen": _first_seen,
    "last_seen": _last_seen,
    "rate_limited": _rate_limited,
    "trending": _trending,
    "heavy": _heavy,
    "similar": _similar,
}
