"""Bring a rule's memory to the moment of an event, run the event, and read everything that decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from skywarden.engine.explain.parts import Part, dissect, is_added
from skywarden.engine.explain.windows import WindowSeen, held_by
from skywarden.engine.past import Progress, event_at, run_to, start_before
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.history import EventHistory
from skywarden.model.hit import Value
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import RulePlan


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule was true for an event, or not.

    `values` are the rule's named values; `parts` the condition from the whole to its smallest parts, each with its
    value (None: unknown); `replayed` how many events were run to get the memory right. `version` is that of the rule
    as it was run, `gone` the part of history, from and to, that its windows saw and that is no longer held.
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
    version: str = ""
    gone: tuple[Offset, Offset] | None = None


def explain_rule(
    rule: CheckedRule,
    sources: Mapping[str, str],
    sets: Mapping[str, frozenset[str]],
    history: EventHistory,
    at: Offset,
    *,
    snapshots: SnapshotFolder | None = None,
    progress: Progress = lambda rows: None,
) -> Explanation:
    """Explain one rule at one event of history, with the memory that it had then.

    Raises: Rejected, when the rule is not on such events.
    """
    dissected = dissect(rule, sources)
    began = start_before(build_plan([dissected.rule], sets), at, at, history, snapshots)
    start = began.engine.position
    engine = run_to(began, history, at, lambda batch, result: progress(len(batch)))
    seen: dict[str, Value] = {}

    def watch(watched: RulePlan, offset: int, values: Mapping[str, Value]) -> None:
        seen.update(values)

    event = event_at(history, at)
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
        held_by(dissected, sets, history, at, now_us, seen, progress),
        int(at - start),
        build_plan([rule], sets).versions[rule.name],
        began.gone,
    )
