"""Turn rules, a moment and history into an engine that remembers what the live one remembered at that moment.

INV-1 and INV-4 make this exact: what a rule could see is in the log, and time comes from the events.
"""

import math
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from skywarden.engine.budget import Budget
from skywarden.engine.engine import Engine, EngineConfig, EngineResult
from skywarden.engine.snapshot import EngineState, SnapshotFolder, decode_state, encode_state
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import WINDOW_OPS, Plan

Progress = Callable[[int], None]
"""Is told how many more rows were run."""

See = Callable[[EventBatch, EngineResult], None]
"""Is shown what was run and what that gave."""

_NO_END = Offset(1 << 62)
_CONFIG = EngineConfig(budget=Budget(event_s=math.inf))
"""What was found in time then must be found now, however slow this machine is."""

Births = Sequence[tuple[Offset, frozenset[str]]]
"""Offsets, ascending, and the windows, by the digests of their nodes, that began there without memory."""


@dataclass(frozen=True, slots=True)
class Start:
    """An engine before the moment, which windows begin after it does, and what of their past is gone.

    `gone` is the part of history, from and to, that windows saw and that is no longer held; None: nothing.
    """

    engine: Engine
    births: Births = ()
    gone: tuple[Offset, Offset] | None = None


def start_before(
    plan: Plan, first: Offset, last: Offset, history: EventHistory, snapshots: SnapshotFolder | None
) -> Start:
    """Start before `first` with the memory of then, to run up to `last`.

    It is the newest snapshot not after `first` that has all windows of the plan, else where these windows began, as
    later snapshots tell; where none tells, with the log.
    """
    wanted = {node.digest for scope in plan.scopes for node in scope.nodes if node.op in WINDOW_OPS}
    held, _ = history.span()
    if not wanted:
        return Start(Engine(plan, _CONFIG, position=first))
    for state, data in _states(snapshots, held, first):
        if wanted <= state.windows.keys():
            engine = Engine.restore(plan, data, _CONFIG)
            return Start(engine, _births(wanted, engine.position, last, snapshots) if last > first else ())
    births = _births(wanted, Offset(0), last, snapshots)
    began = min(_began(name, births, first) for name in wanted)
    start = max(began, held)
    return Start(Engine(plan, _CONFIG, position=start), births, (began, held) if began < held else None)


def run_to(start: Start, history: EventHistory, stop: Offset, see: See) -> Engine:
    """Run the events before `stop`; a window that began on the way has seen nothing from before."""
    engine = start.engine
    for born, names in start.births:
        if engine.position < born < stop:
            _run(engine, history, born, see)
            engine = _forgetful(engine, names)
    _run(engine, history, stop, see)
    return engine


def events(history: EventHistory, start: Offset, stop: Offset) -> Iterator[EventBatch]:
    """Every event from `start` to before `stop`. Raises: Broken, when one is missing."""
    at = start
    for batch in history.batches(start, stop):
        if batch.base != at:
            raise Broken(f"history: expected offset {at}, found {batch.base}; a part of it is gone")
        yield batch
        at = batch.end


def _run(engine: Engine, history: EventHistory, stop: Offset, see: See) -> None:
    for batch in events(history, engine.position, stop):
        see(batch, engine.process(batch))


def _states(snapshots: SnapshotFolder | None, least: Offset, most: Offset) -> Iterator[tuple[EngineState, bytes]]:
    """Whole snapshots within these offsets, the newest first."""
    for file in snapshots.newest_first() if snapshots is not None else ():
        if least <= file.position <= most:
            try:
                data = file.path.read_bytes()
                yield decode_state(data), data
            except (Broken, FileNotFoundError):
                continue  # the consumer tells of it when it starts; an older one, or history itself, does as well


def _births(wanted: Set[str], after: Offset, last: Offset, snapshots: SnapshotFolder | None) -> Births:
    """When windows began without memory, as the snapshots after that moment tell."""
    found: dict[Offset, set[str]] = {}
    for state, _ in _states(snapshots, Offset(after + 1), _NO_END):
        for name in wanted & state.born.keys():
            if after < state.born[name] <= last:
                found.setdefault(Offset(state.born[name]), set()).add(name)
    return [(at, frozenset(names)) for at, names in sorted(found.items())]


def _began(name: str, births: Births, first: Offset) -> Offset:
    """The last time that a window began before a moment. One that began later is fed from then on."""
    known = [at for at, names in births if name in names]
    return max((at for at in known if at <= first), default=first if known else Offset(0))


def _forgetful(engine: Engine, names: Set[str]) -> Engine:
    """The same engine without what these windows hold."""
    state = decode_state(engine.snapshot())
    windows = {name: held for name, held in state.windows.items() if name not in names}
    kept = EngineState(state.position, state.hashes, state.clock_us, state.disabled, windows, state.born)
    return engine.restored(encode_state(kept))
