"""Turn rules, a moment and history into an engine that remembers what the live one remembered at that moment.

INV-1 and INV-4 make this exact: what a rule could see is in the log, and time comes from the events.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from skywarden.engine.engine import Engine
from skywarden.engine.snapshot import EngineState, SnapshotFolder, decode_state, encode_state
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import WINDOW_OPS, Plan

Progress = Callable[[int], None]
"""Is told how many more rows were run."""

Births = dict[str, Offset]
"""Windows, by the digests of their nodes, and the offsets at which they began without memory."""


@dataclass(frozen=True, slots=True)
class Start:
    """An engine before the moment, where its windows begin later than it does, and what of their past is gone.

    `gone` is the part of history, from and to, that windows saw and that is no longer held; None: nothing.
    """

    engine: Engine
    births: Births
    gone: tuple[Offset, Offset] | None = None


def start_before(plan: Plan, at: Offset, history: EventHistory, snapshots: SnapshotFolder | None) -> Start:
    """Start at the newest snapshot not after `at` that has all windows of the plan, else where its windows began.

    Where no snapshot tells when a window began, it did so with the log.
    """
    wanted = {node.digest for scope in plan.scopes for node in scope.nodes if node.op in WINDOW_OPS}
    held, _ = history.span()
    if not wanted:
        return Start(Engine(plan, position=at), {})
    for state, data in _states(snapshots, held, at):
        if wanted <= state.windows.keys():
            return Start(Engine.restore(plan, data), {})
    births = _births(wanted, at, snapshots)
    first = min(births.values())
    start = max(first, held)
    later = {name: born for name, born in births.items() if born > start}
    return Start(Engine(plan, position=start), later, (first, held) if first < held else None)


def run_to(start: Start, history: EventHistory, stop: Offset, progress: Progress = lambda rows: None) -> Engine:
    """Run the events before `stop`; a window that began on the way has seen nothing from before."""
    engine = start.engine
    for born in sorted({at for at in start.births.values() if engine.position < at <= stop}):
        _run(engine, history, born, progress)
        engine = _forgetful(engine, {name for name, at in start.births.items() if at == born})
    _run(engine, history, stop, progress)
    return engine


def events(history: EventHistory, start: Offset, stop: Offset) -> Iterator[EventBatch]:
    """Every event from `start` to before `stop`. Raises: Broken, when one is missing."""
    at = start
    for batch in history.batches(start, stop):
        if batch.base != at:
            raise Broken(f"history: expected offset {at}, found {batch.base}; a part of it is gone")
        yield batch
        at = batch.end


def _run(engine: Engine, history: EventHistory, stop: Offset, progress: Progress) -> None:
    for batch in events(history, engine.position, stop):
        engine.process(batch)
        progress(len(batch))


def _states(snapshots: SnapshotFolder | None, least: Offset, most: Offset) -> Iterator[tuple[EngineState, bytes]]:
    """Whole snapshots within these offsets, the newest first."""
    for file in snapshots.newest_first() if snapshots is not None else ():
        if least <= file.position <= most:
            try:
                data = file.path.read_bytes()
                yield decode_state(data), data
            except (Broken, FileNotFoundError):
                continue  # the consumer tells of it when it starts; an older one, or history itself, does as well


def _births(wanted: Collection[str], at: Offset, snapshots: SnapshotFolder | None) -> Births:
    """When windows began that no earlier snapshot has, as the snapshots after the moment tell."""
    found: Births = {}
    end = Offset(1 << 62)
    for state, _ in _states(snapshots, Offset(at + 1), end):
        for name in wanted:
            born = state.born.get(name)
            if born is not None and born <= at:
                found[name] = Offset(born)  # of the snapshot nearest to the moment: it may have begun anew since
    return {name: found.get(name, Offset(0)) for name in wanted}


def _forgetful(engine: Engine, names: Collection[str]) -> Engine:
    """The same engine without what these windows hold."""
    state = decode_state(engine.snapshot())
    windows = {name: held for name, held in state.windows.items() if name not in names}
    kept = EngineState(state.position, state.hashes, state.clock_us, state.disabled, windows, state.born)
    return engine.restored(encode_state(kept))
