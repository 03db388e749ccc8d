"""Bring a rule's memory to the moment of an event, run the event, and read everything that decided.

INV-1 and INV-4 make this exact: what the rule could see is in the log, and time comes from the events.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from skywarden.engine.engine import Engine
from skywarden.engine.explain.parts import Part, dissect, is_added
from skywarden.engine.explain.windows import Progress, WindowSeen, held_by
from skywarden.engine.snapshot import SnapshotFolder, decode_state
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Offset
from skywarden.log.contract import LogReader
from skywarden.model.event import EventBatch, with_schema
from skywarden.model.hit import Value
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import WINDOW_OPS, Plan, RulePlan


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule was true for an event, or not.

    `values` are the rule's named values; `parts` the condition from the whole to its smallest parts, each with its
    value (None: unknown); `replayed` how many events were run to get the memory right.
    """

    rule: str
    file: str
    offset: int
    time_us: int
    fired: bool
    reason: str
    values: dict[str, Value]
    parts: list[tuple[Part, Value]]
    windows: list[WindowSeen]
    replayed: int


def explain_rule(
    rule: CheckedRule,
    sources: Mapping[str, str],
    sets: Mapping[str, frozenset[str]],
    log: LogReader,
    at: Offset,
    *,
    snapshots: SnapshotFolder | None = None,
    progress: Progress = lambda rows: None,
) -> Explanation:
    """Explain one rule at one event of the log.

    Memory starts from the newest snapshot before the event that has all of the rule's windows, else from the log's
    beginning. Raises: Rejected, when the rule is not on such events.
    """
    dissected = dissect(rule, sources)
    plan = build_plan([dissected.rule], sets)
    engine = _start(plan, at, snapshots)
    start = engine.position
    _run(engine, log, at, progress)
    seen: dict[str, Value] = {}

    def watch(watched: RulePlan, offset: int, values: Mapping[str, Value]) -> None:
        seen.update(values)

    event = next(iter(_batches(log, at, Offset(at + 1))))
    now_us = int(event.rows.column("time_us")[0].as_py())
    result = engine.process(event, watch)
    if result.faults:
        raise Rejected("rule failed", place=rule.name, found=str(result.faults[0].error))
    if not seen:
        raise Rejected(
            "rule not on this event",
            place=f"offset {at}",
            expected=", ".join(rule.on),
            hint="see: skywarden rules list",
        )
    return Explanation(
        rule.name,
        rule.file,
        int(at),
        now_us,
        bool(result.hits),
        result.hits[0].reason if result.hits else "",
        {name: value for name, value in seen.items() if not is_added(name)},
        [(part, seen[part.name]) for part in dissected.parts],
        held_by(dissected, sets, log, at, now_us, seen, progress),
        int(at - start),
    )


def _start(plan: Plan, at: Offset, snapshots: SnapshotFolder | None) -> Engine:
    """An engine at the newest snapshot that serves, else one without memory at the beginning."""
    wanted = {node.digest for scope in plan.scopes for node in scope.nodes if node.op in WINDOW_OPS}
    for file in snapshots.newest_first() if snapshots is not None else ():
        if file.position > at:
            continue
        data = file.path.read_bytes()
        try:
            state = decode_state(data)
            if wanted <= state.windows.keys():
                return Engine.restore(plan, data)
        except Broken:
            continue  # the consumer tells of it when it starts; an older one, or the log itself, does as well
    return Engine(plan)


def _run(engine: Engine, log: LogReader, stop: Offset, progress: Progress) -> None:
    for batch in _batches(log, engine.position, stop):
        engine.process(batch)
        progress(len(batch))


def _batches(log: LogReader, start: Offset, stop: Offset) -> Iterator[EventBatch]:
    for part in log.read(start, stop):
        yield EventBatch(part.base, with_schema(part.rows))
