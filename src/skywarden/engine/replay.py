"""Run rules once more at chosen events of the past: what they found and proposed there, now as then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from skywarden.engine.past import Progress, events, run_to, start_before
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.ids import Offset
from skywarden.model.effect import Effect
from skywarden.model.history import EventHistory
from skywarden.model.hit import Hit
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.build import build_plan

HitKey = tuple[Offset, str]
"""Offset and rule."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What rules found and proposed at the chosen events, and from where it was replayed.

    `versions` are those of the rules as they were compiled; `gone` is the part of history, from and to, that their
    windows saw and that is no longer held; `failed` says why a rule could not be run.
    """

    versions: Mapping[str, str]
    hits: Mapping[HitKey, Hit]
    effects: Mapping[HitKey, tuple[Effect, ...]]
    start: Offset
    events: int
    gone: tuple[Offset, Offset] | None
    failed: Mapping[str, str]


def replay_rules(
    rules: Sequence[CheckedRule],
    sets: Mapping[str, frozenset[str]],
    history: EventHistory,
    offsets: Collection[Offset],
    *,
    snapshots: SnapshotFolder | None = None,
    progress: Progress = lambda rows: None,
) -> Replayed:
    """Run the rules up to the last of the offsets, and keep what they give at each of them. There must be one."""
    plan = build_plan(rules, sets)
    first, wanted = min(offsets), sorted(set(offsets))
    began = start_before(plan, first, history, snapshots)
    start = began.engine.position
    engine = run_to(began, history, first, progress)
    hits: dict[HitKey, Hit] = {}
    effects: dict[HitKey, tuple[Effect, ...]] = {}
    failed: dict[str, str] = {}
    at = 0
    for batch in events(history, first, Offset(wanted[-1] + 1)):
        result = engine.process(batch)
        failed |= {fault.rule: str(fault.error) for fault in result.faults}
        here = set[Offset]()
        while at < len(wanted) and wanted[at] < batch.end:
            here.add(wanted[at])
            at += 1
        if here:
            _collect(result.hits, result.effects, here, hits, effects)
        progress(len(batch))
    return Replayed(plan.versions, hits, effects, start, int(wanted[-1] + 1 - start), began.gone, failed)


def _collect(
    found: Sequence[Hit],
    proposed: Sequence[Effect],
    here: Collection[Offset],
    hits: dict[HitKey, Hit],
    effects: dict[HitKey, tuple[Effect, ...]],
) -> None:
    for hit in found:
        if hit.offset in here:
            hits[hit.offset, hit.rule] = hit
    for effect in proposed:
        if effect.offset in here:
            key = effect.offset, effect.rule
            effects[key] = (*effects.get(key, ()), effect)
