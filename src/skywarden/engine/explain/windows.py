"""Find the events that a rule's windows held at a moment, by looking at the log once more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from skywarden.engine.engine import Engine
from skywarden.engine.explain.parts import Dissected, WindowParts, operands_only
from skywarden.engine.past import Progress, read_for
from skywarden.features.slices import Slices
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory
from skywarden.model.hit import Value
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import RulePlan

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Held:
    """An event within a window; `value` is what the function takes of it."""

    offset: int
    time_us: int
    did: str
    uri: str
    value: Value


@dataclass(slots=True)
class WindowSeen:
    """One stateful function at the event: its text, answer and key, how many events it held, the newest of them."""

    text: str
    answer: Value
    key: dict[str, Value]
    since_us: int
    events: int = 0
    newest: list[Held] = field(default_factory=list)


def held_by(
    dissected: Dissected,
    sets: Mapping[str, frozenset[str]],
    history: EventHistory,
    at: Offset,
    now_us: int,
    values: Mapping[str, Value],
    progress: Progress,
) -> list[WindowSeen]:
    """What each window of the rule held just after the event `at`, whose values are given."""
    seen = [(parts, _seen(parts, now_us, values)) for parts in dissected.windows]
    if not seen:
        return []
    since_us = min(one.since_us for _, one in seen)
    start = min(history.offset_at(UtcMicros(since_us + 1)), at)
    shown = dict(dissected.rule.values)
    plan = build_plan([operands_only(dissected.rule, dissected.windows, shown)], sets)
    engine = Engine(plan, position=start)
    for batch in read_for(plan, history, start, Offset(at + 1)):
        found: list[tuple[int, Mapping[str, Value]]] = []

        def watch(rule: RulePlan, offset: int, operands: Mapping[str, Value]) -> None:
            found.append((offset, operands))  # noqa: B023 - called before the next batch

        engine.process(batch, watch)
        _add(seen, batch, found, values)
        progress(len(batch))
    return [one for _, one in seen]


def _seen(parts: WindowParts, now_us: int, values: Mapping[str, Value]) -> WindowSeen:
    """An empty window: what is not after `since_us` is out of it."""
    slices = Slices.over(parts.window.over_us, exact=parts.window.exact)
    since_us = (slices.floor(slices.number(now_us)) + 1) * slices.width_us - 1
    return WindowSeen(parts.text, values[parts.answer], {name: values[name] for name in parts.keys}, since_us)


def _add(
    seen: Iterable[tuple[WindowParts, WindowSeen]],
    batch: EventBatch,
    found: Iterable[tuple[int, Mapping[str, Value]]],
    values: Mapping[str, Value],
) -> None:
    """Put the events of a batch into the windows that hold them."""
    times_us = np.asarray(batch.rows.column("time_us").to_numpy())
    offsets = batch.offsets()
    for offset, operands in found:
        row = int(offsets.searchsorted(offset))
        for parts, one in seen:
            if int(times_us[row]) > one.since_us and _belongs(parts, operands, values):
                one.events += 1
                one.newest.append(_held(batch, row, None if parts.value is None else operands[parts.value]))
                del one.newest[:-MOST_SHOWN]


def _belongs(parts: WindowParts, operands: Mapping[str, Value], values: Mapping[str, Value]) -> bool:
    """The event counts, and under a key of the explained one."""
    if parts.where is not None and operands[parts.where] is not True:
        return False
    return all(_shares(operands[name], values[name]) for name in parts.keys)


def _shares(one: Value, other: Value) -> bool:
    if one is None or other is None:
        return False
    if isinstance(one, list) and isinstance(other, list):
        return not set(one).isdisjoint(other)
    return one == other


def _held(batch: EventBatch, row: int, value: Value) -> Held:
    def cell(name: str) -> str | None:
        found: str | None = batch.rows.column(name)[row].as_py()
        return found

    did, rkey = cell("did") or "", cell("rkey")
    uri = did if rkey is None else f"at://{did}/{cell('collection')}/{rkey}"
    return Held(int(batch.offsets()[row]), int(batch.rows.column("time_us")[row].as_py()), did, uri, value)
