"""Follow the log with the engine and hand its effects to a sink: restart is snapshot plus replay.

Retry: a step that raised may be repeated after a restart; the sink drops effects it has (by effect id).
Crash: effects are durable in the sink before its mark moves (INV-2); the engine's own state is rebuilt from the newest
snapshot that is not ahead of that mark, and from the log.
Two writers: one consumer a log.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from skywarden.engine.engine import Engine, EngineResult
from skywarden.engine.feature_metrics import FeatureMetrics
from skywarden.engine.operators.contract import Lookups
from skywarden.engine.shadow import ShadowRun, Wanted
from skywarden.engine.snapshot import SHADOW, SnapshotFile, SnapshotFolder
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.log.contract import LogReader
from skywarden.model.effect import Effect
from skywarden.model.event import EventBatch, with_schema
from skywarden.model.hit import Hit
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics
from skywarden.rules.plan.nodes import Plan

STEP_ROWS = 8_192
SNAPSHOT_ROWS = 100_000
NO_RULES = Plan((), {})
_COSTS_EVERY = 16
"""Batches from one count of what rules cost to the next: a small batch has no time for a hundred counters."""


class EffectSink(Protocol):
    """Where hits and effects become durable."""

    def committed(self) -> Offset:
        """Offset up to which everything is durable; 0 at first."""
        ...

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        """Store all and move the mark to `upto` in one transaction; effects already there are left as they are."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that is to take over, and what was made ready for it."""

    plan: Plan
    lookups: Lookups
    shadow: Wanted


class EngineConsumer:
    """Drives one engine over one log."""

    def __init__(
        self,
        log: LogReader,
        engine: Engine,
        sink: EffectSink,
        snapshot_dir: Path,
        metrics: Metrics,
        *,
        snapshot_rows: int = SNAPSHOT_ROWS,
        keep_days: int = 0,
        in_shadow: Plan = NO_RULES,
    ) -> None:
        """Rules `in_shadow` hit without effect.

        `keep_days`: for so long a snapshot of each day is kept, so that what was found then can be replayed.
        """
        self._log = log
        self._sink = sink
        self._metrics = metrics
        self._logger = Logger("engine")
        self._snapshots = SnapshotFolder(snapshot_dir, keep_days)
        self._snapshot_rows = snapshot_rows
        self._committed = sink.committed()
        self.engine = self._restored(engine)
        self._features = FeatureMetrics(metrics, self._logger, self.engine.feature_uses())
        self._snapshot_at = self.engine.position
        self._batches = 0
        self._offered: Offer | None = None
        self.shadow = ShadowRun(log, snapshot_dir / SHADOW, metrics)
        self.shadow.restore(Wanted(in_shadow, self.engine.prepared(in_shadow)), self.engine)
        for rule in self.engine.disabled:
            metrics.set(catalog.ENGINE_RULES_DISABLED, 1, rule=rule)

    def offer(self, plan: Plan, in_shadow: Plan = NO_RULES) -> None:
        """Go on with other plans from the next step on. What takes long is done in the caller's thread."""
        engine = self.engine
        self._offered = Offer(plan, engine.prepared(plan), Wanted(in_shadow, engine.prepared(in_shadow)))

    def step(self) -> int:
        """Process what the log holds, at most `STEP_ROWS` rows; return how many. 0: nothing new."""
        self._swap()
        if self.shadow.settle(self.engine):
            self._write_snapshot()  # else what took long to prime would be primed again after a crash
        start = self.engine.position
        stop = Offset(min(start + STEP_ROWS, self._log.end_offset()))
        if stop <= start:
            return 0
        batch = _joined([part.rows for part in self._log.read(start, stop)], start)
        began = time.monotonic()
        result = self.engine.process(batch)
        self._metrics.observe(catalog.ENGINE_BATCH_SECONDS, time.monotonic() - began)
        self._note_faults(result)
        tried, looks = self.shadow.process(batch, self.engine.plan)
        if batch.end > self._committed:
            self._store([*result.hits, *tried], [*result.effects, *looks], batch.end)
        self._count(batch, result)
        if batch.end - self._snapshot_at >= self._snapshot_rows:
            self.write_snapshot()
        return len(batch)

    def write_snapshot(self) -> None:
        """Store the engine's state; call it at shutdown too, so that the next start is quick."""
        if self.engine.position > self._snapshot_at:
            self._write_snapshot()

    def _write_snapshot(self, *, turn: bool = False) -> None:
        engine = self.engine
        self.shadow.write_snapshot()
        self._snapshots.write(engine.position, engine.snapshot(), clock_us=engine.clock_us, turn=turn)
        self._snapshot_at = self.engine.position
        self._metrics.add(catalog.ENGINE_SNAPSHOTS)

    def _swap(self) -> None:
        """Take over an offered plan, with a snapshot: after a crash its new windows are as old as they were here."""
        offered, self._offered = self._offered, None
        if offered is None:
            return
        before = self.engine
        self.engine = before.with_plan(offered.plan, offered.lookups)
        if self.shadow.engine is not None:
            self.engine.take(self.shadow.engine)  # what was promoted goes on with the windows that it was tried with
        self.shadow.swap(offered.shadow, before, self.engine)
        for rule in before.disabled.keys() - self.engine.disabled.keys():
            self._metrics.set(catalog.ENGINE_RULES_DISABLED, 0, rule=rule)
        self._features = FeatureMetrics(self._metrics, self._logger, self.engine.feature_uses())
        self._write_snapshot(turn=True)
        self._logger.info(catalog.RULES_SWAPPED, rules=len(offered.plan.rules), offset=self.engine.position)

    def _store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        """Hand over what is past the sink's mark: what is before it was stored by an earlier run."""
        hits = [hit for hit in hits if hit.offset >= self._committed]
        effects = [effect for effect in effects if effect.offset >= self._committed]
        self._sink.store(hits, effects, upto)
        self._committed = upto

    def _restored(self, engine: Engine) -> Engine:
        """The engine at the newest usable snapshot that is not ahead of the sink; as it came where there is none."""
        end = self._log.end_offset()
        for file in self._snapshots.newest_first():
            if file.position > end:
                raise Broken(
                    f"{file.path}: stands at offset {file.position}, the log ends at {end}; "
                    "the log was cut or is another one: restore it, or remove the snapshots to start anew"
                )
            if file.position <= self._committed:
                restored = self._read(file, engine)
                if restored is not None:
                    self._logger.info(catalog.ENGINE_RESTORED, position=restored.position, path=str(file.path))
                    return restored
        return engine

    def _read(self, file: SnapshotFile, engine: Engine) -> Engine | None:
        try:
            return engine.restored(file.path.read_bytes())
        except (Broken, OSError) as error:
            self._logger.error(catalog.SNAPSHOT_REFUSED, path=str(file.path), reason=str(error))
            self._metrics.add(catalog.ENGINE_SNAPSHOTS_REFUSED, reason=type(error).__name__)
            return None

    def _note_faults(self, result: EngineResult) -> None:
        for fault in result.faults:
            self._logger.error(catalog.RULE_DISABLED, error=fault.error, rule=fault.rule, operator=fault.operator)
            self._metrics.set(catalog.ENGINE_RULES_DISABLED, 1, rule=fault.rule)

    def _count(self, batch: EventBatch, result: EngineResult) -> None:
        metrics = self._metrics
        metrics.add(catalog.ENGINE_EVENTS, len(batch))
        metrics.set(catalog.ENGINE_POSITION, batch.end)
        metrics.set(catalog.ENGINE_WINDOW_KEYS, self.engine.window_keys())
        if self._features.due():
            self._features.note(self.engine.feature_uses())
        for hit in result.hits:
            metrics.add(catalog.ENGINE_HITS, rule=hit.rule)
        for effect in result.effects:
            metrics.add(catalog.ENGINE_EFFECTS, kind=effect.kind.value)
        self._batches += 1
        if self._batches % _COSTS_EVERY == 0:
            self._count_costs()

    def _count_costs(self) -> None:
        rules, operators = self.engine.charges.take()
        for rule, seconds in rules.items():
            self._metrics.add(catalog.ENGINE_RULE_SECONDS, seconds, rule=rule)
        for operator, seconds in operators.items():
            self._metrics.add(catalog.ENGINE_OPERATOR_SECONDS, seconds, operator=operator)


def _joined(parts: list[pa.RecordBatch], base: Offset) -> EventBatch:
    """Several stored batches as one; those of older versions lack columns."""
    parts = [with_schema(part) for part in parts]
    if len(parts) == 1:
        return EventBatch(base, parts[0])
    rows = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return EventBatch(base, rows[0])
