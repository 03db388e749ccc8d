"""Windows as lists of all events, slowly and plainly: what the compiled tables must agree with."""

from collections.abc import Sequence
from dataclasses import dataclass

from skywarden.features.contract import FeatureSpec

SLICES = 60


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `value` is the member of `distinct` and the number of `sum`."""

    key: int
    time_us: int
    adds: bool = True
    value: int = 1


def answer(spec: FeatureSpec, operations: Sequence[Operation]) -> int | None:
    """What the last operation is answered; None is unknown."""
    now = operations[-1]
    past = [seen for seen in operations if seen.key == now.key and seen.adds]
    if spec.op == "first_seen":
        return _first_seen(spec, past, now.time_us)
    if spec.op == "last_seen":
        past = past[:-1] if now.adds else past
        return past[-1].time_us if past and _within(spec, past[-1].time_us, now.time_us) else None
    live = [seen.value for seen in past if _within(spec, seen.time_us, now.time_us)]
    return {"count": len(live), "sum": sum(live), "distinct": len(set(live))}[spec.op]


def _first_seen(spec: FeatureSpec, past: Sequence[Operation], now_us: int) -> int | None:
    first = last = None
    for seen in past:
        if last is None or not _within(spec, last, seen.time_us):
            first = seen.time_us
        last = seen.time_us
    return first if last is not None and _within(spec, last, now_us) else None


def _within(spec: FeatureSpec, time_us: int, now_us: int) -> bool:
    if spec.exact:
        return time_us > now_us - spec.over_us
    width_us = -(-spec.over_us // SLICES)
    return time_us // width_us > now_us // width_us - SLICES
