"""Run rules that are being tried beside the live ones: events -> hits that are stored and have no effect.

They have an engine, windows and a budget of their own, so nothing that they do reaches the live rules.
Retry, crash, two writers: as the consumer whose step this is part of. Where no rule is in shadow nothing is done.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from skywarden.engine.budget import Budget
from skywarden.engine.engine import START, Engine, EngineResult
from skywarden.engine.operators.contract import Lookups
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.errors import Broken
from skywarden.log.contract import LogReader
from skywarden.model.effect import Effect, EffectKind
from skywarden.model.event import EventBatch, with_schema
from skywarden.model.hit import Hit
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics
from skywarden.rules.catalog.events import AGAIN
from skywarden.rules.plan.nodes import Plan

BUDGET = Budget(event_s=25e-6)
"""Half of what a live rule may cost."""

CATCH_UP_ROWS = 16_384
"""Rows that a primed engine may lack when it takes over; they are run within one step."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Rules that are to run in shadow, and what was made ready for them."""

    plan: Plan
    lookups: Lookups


@dataclass(frozen=True, slots=True)
class Primed:
    """An engine that has seen what its windows can tell of."""

    wanted: Wanted
    engine: Engine


class ShadowRun:
    """The engine of the rules in shadow; None while there are none. `wanted` waits until it is primed from history."""

    def __init__(self, log: LogReader, snapshots: Path, metrics: Metrics) -> None:
        self.engine: Engine | None = None
        self.wanted: Wanted | None = None
        self.primed: Primed | None = None
        self._log = log
        self._snapshots = SnapshotFolder(snapshots)
        self._metrics = metrics
        self._logger = Logger("shadow")

    def restore(self, wanted: Wanted, live: Engine) -> None:
        """Begin where the live engine begins: from the snapshot of that place, or from history."""
        if not wanted.plan.scopes:
            return
        with self._apart():
            engine = live.beside(wanted.plan, BUDGET, wanted.lookups)
            for file in self._snapshots.newest_first():
                if file.position == live.position:
                    try:
                        engine = engine.restored(file.path.read_bytes())
                    except (Broken, OSError) as error:
                        self._logger.error(catalog.SNAPSHOT_REFUSED, path=str(file.path), reason=str(error))
            self._begin(wanted, engine, live)

    def swap(self, wanted: Wanted, before: Engine, live: Engine) -> None:
        """Go on with other rules; `before` is the live engine as it was, which may know windows of demoted ones."""
        self.primed = None
        if not wanted.plan.scopes:
            self.engine = self.wanted = None
            return
        with self._apart():
            engine = self._successor(wanted, live)
            engine.take(before)
            self._begin(wanted, engine, live)

    def settle(self, live: Engine) -> bool:
        """Let a primed engine take over once it stands where the live one does; whether it did."""
        primed = self.primed
        if primed is None:
            return False
        self.primed = None  # one that has fallen too far behind is primed on
        if primed.wanted is not self.wanted or live.position - primed.engine.position > CATCH_UP_ROWS:
            return False
        with self._apart():
            for part in self._log.read(primed.engine.position, live.position):
                primed.engine.process(EventBatch(part.base, with_schema(part.rows)))
            engine = self._successor(primed.wanted, live)
            engine.take(live)
            engine.take(primed.engine, complete=True)
            self._begin(primed.wanted, engine, live)
        return self.engine is not None

    def process(self, batch: EventBatch, live: Plan) -> tuple[list[Hit], list[Effect]]:
        """The hits of the next rows, and the later looks that rules ask for which have no live version."""
        if self.engine is None:
            return [], []
        began_s = time.thread_time()
        found: tuple[list[Hit], list[Effect]] = [], []
        with self._apart():
            found = self._kept(self.engine.process(batch), live)
        self._metrics.add(catalog.ENGINE_SHADOW_SECONDS, time.thread_time() - began_s)
        return found

    def write_snapshot(self) -> None:
        """Store the state, at the place of the live engine's snapshot."""
        if self.engine is not None:
            engine = self.engine
            self._snapshots.write(engine.position, engine.snapshot(), clock_us=engine.clock_us)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """Whatever happens to rules in shadow, the live ones go on; those in shadow end until there are others."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - told, and counted with the rules that are disabled
            self._logger.error(catalog.SHADOW_STOPPED, error=error)
            for rule in self.engine.plan.rules if self.engine is not None else ():
                self._metrics.set(catalog.ENGINE_SHADOW_DISABLED, 1, rule=rule.name)
            self.engine = self.wanted = None

    def _successor(self, wanted: Wanted, live: Engine) -> Engine:
        """An engine of these rules with the windows that those in shadow now have."""
        if self.engine is None:
            return live.beside(wanted.plan, BUDGET, wanted.lookups)
        return self.engine.with_plan(wanted.plan, wanted.lookups)

    def _begin(self, wanted: Wanted, engine: Engine, live: Engine) -> None:
        """Run these rules from here on, unless windows lack their past: then what runs goes on until they have it."""
        engine.take(live)
        if engine.lacking and live.position > START:
            self.wanted = wanted
            return
        for rule in self.engine.disabled.keys() - engine.disabled.keys() if self.engine is not None else ():
            self._metrics.set(catalog.ENGINE_SHADOW_DISABLED, 0, rule=rule)
        self.engine, self.wanted = engine, None
        self._logger.info(catalog.SHADOW_BEGUN, rules=len(wanted.plan.rules), offset=engine.position)

    def _kept(self, result: EngineResult, live: Plan) -> tuple[list[Hit], list[Effect]]:
        for fault in result.faults:
            self._logger.error(catalog.RULE_DISABLED, error=fault.error, rule=fault.rule, operator=fault.operator)
            self._metrics.set(catalog.ENGINE_SHADOW_DISABLED, 1, rule=fault.rule)
        acting = live.versions
        looks = [
            effect
            for effect in result.effects
            if effect.kind is EffectKind.RECHECK and effect.rule.removesuffix(AGAIN) not in acting
        ]
        asking = {(look.offset, look.rule) for look in looks}
        hits = [
            replace(hit, is_shadow=True)
            for hit in result.hits
            if (hit.offset, hit.rule) in asking
            or (not hit.rule.endswith(AGAIN) and acting.get(hit.rule) != hit.version)
        ]
        for hit in hits:
            if not hit.rule.endswith(AGAIN):
                self._metrics.add(catalog.ENGINE_SHADOW_HITS, rule=hit.rule)
        return hits, looks
