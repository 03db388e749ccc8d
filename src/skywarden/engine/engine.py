"""Run a plan over the log, batch by batch: events in, hits and proposed effects out.

Retry: a batch is processed once; the caller repeats from a snapshot, and the same batch gives the same effects.
Crash: all state is in memory; `snapshot` and replay bring it back exactly (INV-3, INV-4).
Two writers: one engine, one thread.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from skywarden.detectors.text.hashing import DEFAULT_KEY, HashKey
from skywarden.engine.columns import Ints
from skywarden.engine.lookups import prepare_lookups
from skywarden.engine.memory import open_features
from skywarden.engine.operators import OPERATORS, Operator
from skywarden.engine.operators.contract import Frame
from skywarden.engine.proposals import Proposals
from skywarden.engine.scope_run import OperatorFailed, ScopeRun, windows_of
from skywarden.engine.selection import Selector, columns_of, take_rows
from skywarden.engine.snapshot import EngineState, decode_state, encode_state
from skywarden.engine.values import reason_text
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.effect import Effect
from skywarden.model.event import EventBatch
from skywarden.model.hit import Hit, Value
from skywarden.rules.plan.nodes import Plan, RulePlan, Scope


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that raised and is left out from then on."""

    rule: str
    operator: str
    error: Exception


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What a batch gave, in the order of offsets and then of rule names."""

    hits: list[Hit]
    effects: list[Effect]
    faults: list[RuleFault] = field(default_factory=list)


START = Offset(0)

Watch = Callable[[RulePlan, int, Mapping[str, Value]], None]
"""Told a rule's named values at each of its events, true or not: for rule cases and explanations."""


@dataclass(frozen=True, slots=True)
class _Active:
    """A scope with its rules that are not disabled, the windows they need, the columns they read."""

    scope: Scope
    rules: list[RulePlan]
    windows: tuple[int, ...]
    columns: tuple[str, ...]


class Engine:
    """One plan with its memory.

    `operators` is the table that nodes are run by, `hash_key` the key of the hashes that windows go by.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        position: Offset = START,
        operators: Mapping[str, Operator] = OPERATORS,
        hash_key: HashKey = DEFAULT_KEY,
    ) -> None:
        self.plan = plan
        self.position = position
        self.disabled: dict[str, str] = {}
        self._clock_us = 0
        self._operators = operators
        self._lookups = prepare_lookups(plan, hash_key)
        self._windows = open_features(plan)
        self._active: list[_Active] = []
        self._choose_rules()

    def process(self, batch: EventBatch, watch: Watch | None = None) -> EngineResult:
        """Run every rule over the next rows of the log. Raises: Broken when they are not the next."""
        if batch.base != self.position:
            raise Broken(f"engine: expected offset {self.position}, found {batch.base}; restart from a snapshot")
        result = EngineResult([], [])
        if len(batch):
            times = batch.rows.column("time_us").to_numpy(zero_copy_only=False)
            times = np.maximum.accumulate(np.maximum(times, self._clock_us))
            selector = Selector(batch)
            for active in self._active:
                rows = selector.rows_on(active.scope.on)
                if len(rows):
                    taken = take_rows(batch, rows, active.columns)
                    frame = Frame(taken, times[rows], self._windows, self._lookups)
                    run = ScopeRun(active.scope, frame, self._operators, active.windows)
                    _collect(run, active.rules, rows + batch.base, result, watch)
            self._clock_us = int(times[-1])
        self.position = batch.end
        self._disable(result.faults)
        result.hits.sort(key=lambda hit: (hit.offset, hit.rule))
        result.effects.sort(key=lambda effect: (effect.offset, effect.rule))
        return result

    def _disable(self, faults: list[RuleFault]) -> None:
        if faults:
            self.disabled |= {fault.rule: self.plan.versions[fault.rule] for fault in faults}
            self._choose_rules()

    def _choose_rules(self) -> None:
        """Settle which rules run and which windows they need."""
        self._active = []
        for scope in self.plan.scopes:
            rules = [rule for rule in scope.rules if self.disabled.get(rule.name) != rule.version]
            if rules:
                self._active.append(_Active(scope, rules, windows_of(scope, rules), columns_of(scope)))

    def window_keys(self) -> int:
        """Keys held by all windows."""
        return sum(window.keys() for window in self._windows.values())

    def state_hash(self) -> str:
        """Name the whole state; the same for the same log however it was split into batches."""
        digest = hashlib.sha256(self._lookups.hash_key.name.encode())
        digest.update(repr((self.position, self._clock_us, sorted(self.disabled.items()))).encode())
        for name in sorted(self._windows):
            digest.update(name.encode())
            digest.update(self._windows[name].digest(self._clock_us))
        return digest.hexdigest()

    def snapshot(self) -> bytes:
        """The whole state with the offset it stands at."""
        windows = {name: window.dump() for name, window in self._windows.items()}
        hashes = self._lookups.hash_key.name
        return encode_state(EngineState(self.position, hashes, self._clock_us, dict(self.disabled), windows))

    @classmethod
    def restore(
        cls,
        plan: Plan,
        data: bytes,
        *,
        operators: Mapping[str, Operator] = OPERATORS,
        hash_key: HashKey = DEFAULT_KEY,
    ) -> "Engine":
        """An engine that goes on from a snapshot; windows that the plan no longer has are dropped, new ones are empty.

        Raises: Broken where the bytes are no snapshot of ours, or one whose keys were hashed by another key.
        """
        state = decode_state(data)
        if state.hashes != hash_key.name:
            raise Broken("engine snapshot: its keys are hashed by another hash key; remove it to replay the log")
        engine = cls(plan, position=Offset(state.position), operators=operators, hash_key=hash_key)
        engine._clock_us = state.clock_us
        engine.disabled = dict(state.disabled)
        for name, window in engine._windows.items():
            if name in state.windows:
                window.load(state.windows[name])
        engine._choose_rules()
        return engine

    def restored(self, data: bytes) -> "Engine":
        """Another engine of the same plan and operators, at a snapshot. Raises: Broken."""
        return Engine.restore(self.plan, data, operators=self._operators, hash_key=self._lookups.hash_key)


def _collect(run: ScopeRun, rules: list[RulePlan], offsets: Ints, result: EngineResult, watch: Watch | None) -> None:
    """Add the hits, effects and faults of a scope's rules to `result`."""
    for rule in rules:
        try:
            ran = run.run(rule, everywhere=watch is not None)
        except OperatorFailed as failed:
            result.faults.append(RuleFault(rule.name, failed.operator, failed.error))
            continue
        proposals = Proposals(rule, run.frame, ran.rows)
        for number, row in enumerate(ran.rows.tolist()):
            values = run.values(ran, row)
            hit = proposals.hit(number, int(offsets[row]), values, reason_text(rule.template, values))
            result.hits.append(hit)
            result.effects.extend(proposals.effects(number, hit))
        if watch is not None:
            for row in range(len(run.frame)):
                watch(rule, int(offsets[row]), run.values(ran, row))
