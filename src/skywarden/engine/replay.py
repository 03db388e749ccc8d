"""Run rules once more at chosen events of the past: what they found and proposed there, now as then."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from skywarden.engine.engine import EngineResult
from skywarden.engine.past import Progress, run_to, start_before
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.ids import Offset
from skywarden.model.effect import Effect
from skywarden.model.event import EventBatch
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
    wanted = sorted(set(offsets))
    began = start_before(plan, wanted[0], wanted[-1], history, snapshots)
    start, found = began.engine.position, _Found(wanted, progress)
    run_to(began, history, Offset(wanted[-1] + 1), found.see)
    ran = int(wanted[-1] + 1 - start)
    return Replayed(plan.versions, found.hits, found.effects, start, ran, began.gone, found.failed)


@dataclass(slots=True)
class _Found:
    """Keeps what is found at the wanted offsets, which ascend; the rest is never made."""

    wanted: Sequence[Offset]
    progress: Progress
    hits: dict[HitKey, Hit] = field(default_factory=dict)
    effects: dict[HitKey, tuple[Effect, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def see(self, batch: EventBatch, result: EngineResult) -> None:
        self.progress(len(batch))
        self.failed |= {fault.rule: str(fault.error) for fault in result.faults}
        here = set(self.wanted[bisect_left(self.wanted, batch.base) : bisect_left(self.wanted, batch.end)])
        if not here:
            return
        self.hits |= {(hit.offset, hit.rule): hit for hit in result.hits if hit.offset in here}
        for effect in result.effects:
            if effect.offset in here:
                key = effect.offset, effect.rule
                self.effects[key] = (*self.effects.get(key, ()), effect)
