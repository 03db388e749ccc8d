"""Run a plan over the log, batch by batch: events in, hits and proposed effects out.

Retry: a batch is processed once; the caller repeats from a snapshot, and the same batch gives the same effects.
Crash: all state is in memory; `snapshot` and replay bring it back exactly (INV-3, INV-4).
Two writers: one engine, one caller; inside it may use several threads, and finds the same whatever their number.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from skywarden.detectors.text.hashing import DEFAULT_KEY, HashKey
from skywarden.engine.budget import DEFAULT_BUDGET, Budget, Charges
from skywarden.engine.chunk import Chunk, ChunkResult, Memory, RuleFault, Watch, run_chunk
from skywarden.engine.feature_metrics import FeatureUse
from skywarden.engine.found import Found, make_all
from skywarden.engine.lookups import prepare_lookups
from skywarden.engine.memory import open_features, uses_of
from skywarden.engine.operators import OPERATORS, Operator
from skywarden.engine.operators.contract import Lookups
from skywarden.engine.results import Bound
from skywarden.engine.schedule import make_schedule
from skywarden.engine.snapshot import EngineState, decode_state, encode_state
from skywarden.engine.turns import Turns
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.effect import Effect
from skywarden.model.event import EventBatch
from skywarden.model.hit import Hit
from skywarden.rules.plan.nodes import Node, Plan

START = Offset(0)
CHUNK_ROWS = 16_384
"""Rows that one thread works on at a time, unless told otherwise."""


class EngineResult:
    """What a batch gave, in the order of offsets and then of rule names.

    Hits and effects are columns until one of them is asked for: counting them costs nothing, nor do those that nobody
    wants, as when the log is replayed.
    """

    def __init__(self) -> None:
        self.faults: list[RuleFault] = []
        self._found: list[Found] = []
        self._made: tuple[list[Hit], list[Effect]] | None = None

    def add(self, chunk: ChunkResult) -> None:
        """Take over what the next chunk gave."""
        self._found += chunk.found
        self.faults += chunk.faults

    @property
    def found(self) -> tuple[Found, ...]:
        """Where rules are true, as columns; nothing once hits or effects were asked for."""
        return tuple(self._found)

    @property
    def hit_count(self) -> int:
        """How many hits there are."""
        return len(self._made[0]) if self._made is not None else sum(one.hit_count() for one in self._found)

    @property
    def hits(self) -> list[Hit]:
        """All hits."""
        return self._all()[0]

    @property
    def effects(self) -> list[Effect]:
        """What their rules propose."""
        return self._all()[1]

    def _all(self) -> tuple[list[Hit], list[Effect]]:
        if self._made is None:
            self._made = make_all(self._found)
            self._found = []
        return self._made


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How an engine works. Only `hash_key`, and a budget that a rule exceeds, change what it finds.

    `hash_key` is the key of the hashes that windows go by; `operators` is the table that nodes are run by; `clock` is
    the processor time of a thread, in seconds.
    """

    workers: int = 1
    chunk_rows: int = CHUNK_ROWS
    budget: Budget = DEFAULT_BUDGET
    hash_key: HashKey = DEFAULT_KEY
    operators: Mapping[str, Operator] = field(default_factory=lambda: OPERATORS)
    clock: Callable[[], float] = time.thread_time


DEFAULT_CONFIG = EngineConfig()


class Engine:
    """One plan with its memory."""

    def __init__(
        self,
        plan: Plan,
        config: EngineConfig = DEFAULT_CONFIG,
        *,
        position: Offset = START,
        lookups: Lookups | None = None,
    ) -> None:
        """Start without memory. `lookups` are those of another engine of this plan, which are costly to make.

        `lacking` names the windows that nobody gave memory, though there were events before.
        """
        self.plan = plan
        self.position = position
        self.disabled: dict[str, str] = {}
        self.charges = Charges(config.budget)
        self._config = config
        self._clock_us = 0
        features = open_features(plan)
        self._born: dict[str, Offset] = dict.fromkeys(features, position)
        self.lacking = frozenset(features) if position > START else frozenset[str]()
        self._memory = Memory(features, lookups or prepare_lookups(plan, config.hash_key))
        self._threads = ThreadPoolExecutor(config.workers, "engine") if config.workers > 1 else None
        self._active: list[Bound] = []
        self._choose_rules()

    def process(self, batch: EventBatch, watch: Watch | None = None) -> EngineResult:
        """Run every rule over the next rows of the log. Raises: Broken when they are not the next.

        Rows with given offsets may lie anywhere ahead: who gives them has left out only what no rule is on.
        """
        if batch.base != self.position and (batch.given is None or batch.base < self.position):
            raise Broken(f"engine: expected offset {self.position}, found {batch.base}; restart from a snapshot")
        result = EngineResult()
        if len(batch):
            times_us = batch.rows.column("time_us").to_numpy(zero_copy_only=False)
            times_us = np.maximum.accumulate(np.maximum(times_us, self._clock_us))
            chunks = self._cut(batch, times_us)
            for done in self._run(chunks, watch):
                result.add(done)
                self._charge(done)
            self._clock_us = int(times_us[-1])
        self.position = batch.end
        self._end_batch(len(batch), result)
        return result

    def _cut(self, batch: EventBatch, times_us: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Chunk]:
        """Chunks of at most `chunk_rows`, and enough of them to keep every thread busy."""
        size, rows = len(batch), self._config.chunk_rows
        if self._threads is not None:
            rows = min(rows, max(rows // 8, -(-size // (2 * self._config.workers)), 1))
        starts = range(0, size, rows)
        stops = [*starts[1:], size]
        return [
            Chunk(number, batch.slice(start, stop), times_us[start:stop])
            for number, (start, stop) in enumerate(zip(starts, stops, strict=True))
        ]

    def _run(self, chunks: list[Chunk], watch: Watch | None) -> list[ChunkResult]:
        turns = Turns(len(self._active))
        if self._threads is None or len(chunks) == 1:
            return [run_chunk(chunk, self._active, self._memory, turns, watch) for chunk in chunks]
        submitted = [
            self._threads.submit(run_chunk, chunk, self._active, self._memory, turns, watch) for chunk in chunks
        ]
        return [future.result() for future in submitted]

    def _charge(self, done: ChunkResult) -> None:
        for number, costs in done.costs.items():
            self.charges.add(self._active[number].schedule, costs.nodes)
            self.charges.add_operator("program", costs.programs)

    def _end_batch(self, events: int, result: EngineResult) -> None:
        """Disable what raised or costs too much."""
        budget = self._config.budget
        for rule in self.charges.end_batch(events):
            error = TimeoutError(f"over its budget of {budget.event_s * 1e6:g} microseconds an event")
            result.faults.append(RuleFault(rule, "time", error))
        unique = {fault.rule: fault for fault in reversed(result.faults)}
        result.faults[:] = sorted(unique.values(), key=lambda fault: fault.rule)
        if result.faults:
            self.disabled |= {fault.rule: self.plan.versions[fault.rule] for fault in result.faults}
            self._choose_rules()

    def _choose_rules(self) -> None:
        """Settle which rules run, and plan their work."""
        config = self._config
        self._active = []
        for scope in self.plan.scopes:
            rules = [rule for rule in scope.rules if self.disabled.get(rule.name) != rule.version]
            if rules:
                schedule = make_schedule(scope, rules, self._may_compile)
                operators = [config.operators[node.op] for node in scope.nodes]
                self._active.append(Bound(schedule, operators, config.clock, config.budget.column_bytes))

    def _may_compile(self, node: Node) -> bool:
        """An operator that was exchanged runs as it is."""
        return self._config.operators[node.op] is OPERATORS[node.op]

    def window_keys(self) -> int:
        """Keys held by all windows."""
        return sum(feature.keys() for feature in self._memory.features.values())

    def feature_uses(self) -> list[FeatureUse]:
        """What each stateful function holds."""
        return uses_of(self.plan, self._memory.features)

    def state_hash(self) -> str:
        """Name the whole state; the same for the same log however it was split into batches."""
        digest = hashlib.sha256(self._config.hash_key.name.encode())
        digest.update(repr((self.position, self._clock_us, sorted(self.disabled.items()))).encode())
        digest.update(repr(sorted(self.window_hashes().items())).encode())
        return digest.hexdigest()

    def window_hashes(self) -> dict[str, str]:
        """Name the state of each window, by the digest of its node."""
        return {name: feature.digest(self._clock_us).hex() for name, feature in self._memory.features.items()}

    def snapshot(self) -> bytes:
        """The whole state with the offset it stands at."""
        windows = {name: feature.dump() for name, feature in self._memory.features.items()}
        hashes = self._config.hash_key.name
        born = {name: int(at) for name, at in self._born.items()}
        return encode_state(EngineState(self.position, hashes, self._clock_us, dict(self.disabled), windows, born))

    @property
    def clock_us(self) -> int:
        """The time of the last event; 0 before the first."""
        return self._clock_us

    @classmethod
    def restore(cls, plan: Plan, data: bytes, config: EngineConfig = DEFAULT_CONFIG) -> "Engine":
        """An engine that goes on from a snapshot; windows that the plan no longer has are dropped, new ones are empty.

        Raises: Broken where the bytes are no snapshot of ours, or one whose keys were hashed by another key.
        """
        return cls(plan, config).restored(data)

    def restored(self, data: bytes) -> "Engine":
        """Another engine of the same plan and configuration, at a snapshot. Raises: Broken, as `restore`."""
        state = decode_state(data)
        if state.hashes != self._config.hash_key.name:
            raise Broken("engine snapshot: its keys are hashed by another hash key; remove it to replay the log")
        engine = self.anew(Offset(state.position))
        engine._clock_us = state.clock_us
        engine.disabled = dict(state.disabled)
        for name, feature in engine._memory.features.items():
            if name in state.windows:
                feature.load(state.windows[name])
                engine._born[name] = Offset(state.born.get(name, START))
        engine.lacking -= state.windows.keys()
        engine._choose_rules()
        return engine

    def anew(self, position: Offset = START) -> "Engine":
        """An engine of the same plan and configuration without memory."""
        return Engine(self.plan, self._config, position=position, lookups=self._memory.lookups)

    def beside(self, plan: Plan, budget: Budget, lookups: Lookups) -> "Engine":
        """An engine of another plan that goes on from here too, on its own memory, which is empty."""
        engine = Engine(plan, replace(self._config, budget=budget), position=self.position, lookups=lookups)
        engine._clock_us = self._clock_us
        return engine

    def take(self, other: "Engine", *, complete: bool = False) -> None:
        """Copy what another engine, which stands here too, remembers of windows that this one lacks.

        `complete`: the other did not see all of the past, but all that its windows can still tell of.
        """
        assert other.position == self.position
        for name in self.lacking & other._memory.features.keys():
            self._memory.features[name].load(other._memory.features[name].dump())
            self._born[name] = START if complete else other._born[name]
        self.lacking -= other._memory.features.keys()

    def prepared(self, plan: Plan) -> Lookups:
        """What `with_plan` needs that takes long to make; any thread may make it while this engine runs."""
        return prepare_lookups(plan, self._config.hash_key)

    def with_plan(self, plan: Plan, lookups: Lookups | None = None) -> "Engine":
        """An engine that goes on here with another plan, between batches.

        Windows that both plans have move to it with all they hold, so this engine must not be used any more; new ones
        are empty. A disabled rule stays so until its version changes.
        """
        engine = Engine(plan, self._config, position=self.position, lookups=lookups)
        engine._clock_us = self._clock_us
        engine.disabled = {
            name: version for name, version in self.disabled.items() if plan.versions.get(name) == version
        }
        kept = {name: self._memory.features.get(name, fresh) for name, fresh in engine._memory.features.items()}
        engine._born |= {name: at for name, at in self._born.items() if name in kept}
        engine.lacking -= self._memory.features.keys()
        engine._memory = Memory(kept, engine._memory.lookups)
        engine._choose_rules()
        return engine
