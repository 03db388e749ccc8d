"""Turn rules, a moment and history into an engine that remembers what the live one remembered at that moment.

INV-1 and INV-4 make this exact: what a rule could see is in the log, and time comes from the events.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

import pyarrow as pa

from skywarden.engine.backtest.batches import large_batches
from skywarden.engine.backtest.needs import needs_of
from skywarden.engine.backtest.run import BATCH_ROWS, UNLIMITED
from skywarden.engine.engine import Engine, EngineResult
from skywarden.engine.prime import reach_us
from skywarden.engine.snapshot import EngineState, SnapshotFolder, decode_state, encode_state
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import WINDOW_OPS, Plan

Progress = Callable[[int], None]
"""Is told how many more rows were run."""

See = Callable[[EventBatch, EngineResult], None]
"""Is shown what was run and what that gave."""

_NO_END = Offset(1 << 62)

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
        return Start(Engine(plan, UNLIMITED, position=first))
    for state, data in _states(snapshots, held, first):
        if wanted <= state.windows.keys():
            engine = Engine.restore(plan, data, UNLIMITED)
            return Start(engine, _births(wanted, engine.position, last, snapshots) if last > first else ())
    births = _births(wanted, Offset(0), last, snapshots)
    began = min(_began(name, births, first) for name in wanted)
    start = max(began, held)
    gone = None if began >= held or _reached(plan, first, held, history) else (began, held)
    return Start(Engine(plan, UNLIMITED, position=start), births, gone)


def _reached(plan: Plan, first: Offset, held: Offset, history: EventHistory) -> bool:
    """What is held goes back further than the windows of the plan look."""
    back_us = reach_us(plan)
    if back_us is None:
        return False
    now_us = int(event_at(history, first).rows.column("time_us")[0].as_py())
    return history.offset_at(UtcMicros(now_us - back_us)) > held


def run_to(start: Start, history: EventHistory, stop: Offset, see: See) -> Engine:
    """Run the events before `stop`; a window that began on the way has seen nothing from before."""
    engine = start.engine
    for born, names in start.births:
        if engine.position < born < stop:
            _run(engine, history, born, see)
            engine = _forgetful(engine, names)
    _run(engine, history, stop, see)
    return engine


def read_for(plan: Plan, history: EventHistory, start: Offset, stop: Offset) -> Iterator[EventBatch]:
    """The rows that rules of a plan look at, with the columns that they and their hits show."""
    needs = needs_of(plan)
    read = history.batches(start, stop, columns=needs.columns, parts=needs.parts)
    return large_batches(read, needs.columns, BATCH_ROWS)


def event_at(history: EventHistory, at: Offset) -> EventBatch:
    """One event with all its columns. Raises: Broken, when it is missing."""
    for batch in history.batches(at, Offset(at + 1)):
        if len(batch):
            return EventBatch.scattered(pa.array([int(at)]), batch.rows, at)
    raise Broken(f"history: the event at offset {at} is gone")


def _run(engine: Engine, history: EventHistory, stop: Offset, see: See) -> None:
    for batch in read_for(engine.plan, history, engine.position, stop):
        see(batch, engine.process(batch))


def _states(snapshots: SnapshotFolder | None, least: Offset, most: Offset) -> Iterator[tuple[EngineState, bytes]]:
    """Whole snapshots within these offsets, the newest first."""
    for file in snapshots.everywhere() if snapshots is not None else ():
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
