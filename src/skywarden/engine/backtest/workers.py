"""Run a plan over history in several processes, each with rules of its own; sinks get the hits here.

Threads share the interpreter's lock; processes share nothing but the disk. Rules never depend on one another's outcome
within a run, so any division finds the same.
Crash: a worker that dies ends the run (Broken), and the others with it. Retry: a run changes nothing outside of itself.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait

from skywarden.detectors.text.hashing import HashKey
from skywarden.engine.backtest.batches import large_batches
from skywarden.engine.backtest.division import divide
from skywarden.engine.backtest.hits import HitColumns, HitSink
from skywarden.engine.backtest.needs import needs_of
from skywarden.engine.backtest.part_plan import without_asking
from skywarden.engine.backtest.run import BATCH_ROWS, UNLIMITED, BacktestResult, Progress, run_backtest
from skywarden.engine.backtest.samples import Sampler
from skywarden.engine.budget import Budget
from skywarden.engine.engine import EngineConfig
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.kernel.memory import keep_freed_memory
from skywarden.model.event import EventBatch
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import Plan

_SAMPLE_ROWS = 65_536

OpenHistory = Callable[[], EventHistory]
"""Opens history in any process; it is sent there, so it is a function of a module, or a frozen dataclass."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker does."""

    plan: Plan
    open_history: OpenHistory
    span: tuple[Offset, Offset]
    primed_from: Offset | None
    sampler: Sampler | None
    budget: Budget
    hash_key: HashKey
    chunk_rows: int
    batch_rows: int

    def config(self) -> EngineConfig:
        """How its engine works: with one thread, since there are as many workers as cores."""
        return EngineConfig(chunk_rows=self.chunk_rows, budget=self.budget, hash_key=self.hash_key)


@dataclass(frozen=True, slots=True)
class WorkerUse:
    """What one worker took: rules, seconds of its own, seconds of processor time, and most memory in bytes."""

    rules: int
    wall_s: float
    cpu_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class _Done:
    result: BacktestResult
    use: WorkerUse


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: str


_Message = HitColumns | Offset | _Done | _Failed


def run_divided(
    plan: Plan,
    open_history: OpenHistory,
    span: tuple[Offset, Offset],
    workers: int,
    *,
    primed_from: Offset | None = None,
    progress: Progress = lambda offset: None,
    sinks: Sequence[HitSink] = (),
    sampler: Sampler | None = None,
    config: EngineConfig = UNLIMITED,
    batch_rows: int = BATCH_ROWS,
) -> tuple[BacktestResult, list[WorkerUse]]:
    """As `run_backtest`, by several workers; and what each of them took. Raises: Broken, when one fails."""
    plan = without_asking(plan)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    forkserver.ensure_running()  # it imports while the sample is looked at
    plans = divide(plan, _sample(plan, open_history(), span), workers, config)
    how = config.budget, config.hash_key, config.chunk_rows, batch_rows
    tasks = [Task(part, open_history, span, primed_from, sampler, *how) for part in plans]
    running: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []
    try:
        for task in tasks:
            ours, theirs = context.Pipe(duplex=False)
            worker = context.Process(target=_work, args=(task, theirs), daemon=True)
            worker.start()
            theirs.close()
            running.append((worker, ours))
        done = _follow([ours for _, ours in running], sinks, progress, span[0])
    finally:
        for process, ours in running:
            ours.close()
            process.terminate()
            process.join()
    return _together([one.result for one in done]), [one.use for one in done]


def _sample(plan: Plan, history: EventHistory, span: tuple[Offset, Offset]) -> Iterator[EventBatch]:
    """The first events of the span."""
    needs = needs_of(plan)
    read = history.batches(*span, columns=needs.columns, parts=needs.parts)
    return islice(large_batches(read, needs.columns, _SAMPLE_ROWS), 1)


def _follow(workers: Sequence[Connection], sinks: Sequence[HitSink], progress: Progress, start: Offset) -> list[_Done]:
    """Hand hits on as they come, until every worker is done; progress is that of the slowest."""
    done: dict[int, _Done] = {}
    reached = dict.fromkeys(range(len(workers)), start)
    while len(done) < len(workers):
        waiting = {id(worker): number for number, worker in enumerate(workers) if number not in done}
        for worker in wait([worker for number, worker in enumerate(workers) if number not in done]):
            assert isinstance(worker, Connection)
            number = waiting[id(worker)]
            match _received(worker):
                case HitColumns() as hits:
                    for sink in sinks:
                        sink.add(hits)
                case _Done() as one:
                    done[number] = one
                case _Failed(reason):
                    raise Broken(f"backtest worker: {reason}")
                case offset:
                    reached[number] = offset
                    progress(min(reached.values()))
    return [done[number] for number in sorted(done)]


def _received(worker: Connection) -> _Message:
    try:
        message: _Message = worker.recv()
    except EOFError as error:
        raise Broken("backtest worker: it died; see what the system says, memory may have run out") from error
    return message


def _together(results: Sequence[BacktestResult]) -> BacktestResult:
    """The results of all workers as one: their rules are different, their events mostly the same."""
    return BacktestResult(
        events=max(one.events for one in results),
        primed=max(one.primed for one in results),
        hits=sum(one.hits for one in results),
        faults=tuple(fault for one in results for fault in one.faults),
        windows=tuple(use for one in results for use in one.windows),
        samples={rule: kept for one in results for rule, kept in one.samples.items()},
    )


# --- in the worker --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sending:
    """A sink at whose other end the first process is."""

    pipe: Connection

    def add(self, hits: HitColumns) -> None:
        self.pipe.send(hits)


def _work(task: Task, pipe: Connection) -> None:
    """Do a task and tell of it. Whatever is raised is told too: there is nobody else to see it."""
    began = time.monotonic()
    keep_freed_memory()
    try:
        result = run_backtest(
            task.plan,
            task.open_history(),
            task.span,
            primed_from=task.primed_from,
            progress=pipe.send,
            sinks=[_Sending(pipe)],
            sampler=task.sampler,
            config=task.config(),
            batch_rows=task.batch_rows,
        )
    except Exception as error:  # noqa: BLE001  # the first process raises it again, and the run ends
        pipe.send(_Failed(f"{type(error).__name__}: {error}"))
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    use = WorkerUse(
        len(task.plan.rules), time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1_024
    )
    pipe.send(_Done(result, use))
