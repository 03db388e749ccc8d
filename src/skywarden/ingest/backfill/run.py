"""Fetch repositories side by side and store them one after another.

Retry: an account that is held is passed over, one that was interrupted goes on behind its last stored record. Crash:
whatever a parcel holds is durable or not at all; the place in the host's list moves only over accounts that are
answered. Two writers: the log refuses the second. Backpressure: a slow disk stops the downloads.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from skywarden.ingest.backfill.export import Export, read_export
from skywarden.ingest.backfill.fetch import RepoFetcher, invalid
from skywarden.ingest.backfill.listing import Page, Target
from skywarden.ingest.backfill.state import BackfillState, Failure, Held, Parcel
from skywarden.ingest.contract import SourceChunk
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Broken, Rejected, Retryable
from skywarden.kernel.ids import Did

PARCEL_ROWS = 16_384
_WAITING = 8
"""Chunks that may wait for the disk."""


@dataclass(slots=True)
class BackfillCounts:
    """How far a run is. `listed` grows until `is_listed`; `passed` were held or had failed before."""

    listed: int = 0
    is_listed: bool = False
    done: int = 0
    passed: int = 0
    records: int = 0
    quarantined: int = 0
    bytes: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        return self.done + self.passed + self.failed.total()


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a run does with whom. `renew`: those that are held are asked for what is newer."""

    listing: str
    renew: bool = False
    retry: bool = False
    limit: int | None = None
    workers: int = 8


@dataclass(slots=True)
class _Open:
    """A page whose accounts are not all answered yet."""

    cursor: str | None
    left: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An account to fetch, with what of it is held."""

    did: Did
    held: Held | None
    page: _Open


@dataclass(frozen=True, slots=True)
class _Step:
    """What one account brings: a chunk with what is held after it, a failure, or neither where it is passed over."""

    page: _Open
    did: Did
    chunk: SourceChunk | None = None
    held: Held | None = None
    failure: Failure | None = None

    @property
    def is_last(self) -> bool:
        return self.chunk is None or (self.held is not None and self.held.path is None)


class Backfill:
    """One run; `counts` may be read at any time, `told` is called after each store."""

    def __init__(
        self,
        fetcher: RepoFetcher,
        state: BackfillState,
        plan: BackfillPlan,
        clock: Clock,
        told: Callable[[BackfillCounts], None],
    ) -> None:
        self._fetcher = fetcher
        self._state = state
        self._plan = plan
        self._clock = clock
        self._told = told
        self._targets: asyncio.Queue[_Wanted | None] = asyncio.Queue(2 * plan.workers)
        self._steps: asyncio.Queue[_Step | None] = asyncio.Queue(_WAITING)
        self._pages: deque[_Open] = deque()
        self._refused: list[BaseException] = []
        self.counts = BackfillCounts()

    async def run(self, pages: AsyncIterator[Page]) -> BackfillCounts:
        """Work through the pages to their end. Raises: Rejected or Retryable, when they cannot be had."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._list(pages))
                workers = [group.create_task(self._work()) for _ in range(self._plan.workers)]
                group.create_task(self._end(workers))
                await self._write()
        except* (Rejected, Retryable, Broken) as errors:
            self._refused.extend(errors.exceptions)
        if self._refused:
            raise self._refused[0]
        return self.counts

    async def _list(self, pages: AsyncIterator[Page]) -> None:
        room = self._plan.limit
        async for page in pages:
            opened = _Open(page.cursor, len(page.targets))
            self._pages.append(opened)
            for target, held in await asyncio.to_thread(self._sifted, page.targets):
                self.counts.listed += 1
                if self._is_answered(target, held):
                    await self._steps.put(_Step(opened, target.did))
                    continue
                if room == 0:  # the page stays open, so that the next run begins with it
                    break
                room = None if room is None else room - 1
                await self._targets.put(_Wanted(target.did, held, opened))
            if room == 0:
                break
        self.counts.is_listed = True
        for _ in range(self._plan.workers):
            await self._targets.put(None)

    def _sifted(self, targets: Sequence[Target]) -> list[tuple[Target, Held | None]]:
        return [(target, self._state.held(target.did)) for target in targets]

    async def _end(self, workers: list[asyncio.Task[None]]) -> None:
        await asyncio.wait(workers)
        await self._steps.put(None)

    async def _work(self) -> None:
        while (wanted := await self._targets.get()) is not None:
            async with self._fetcher.export(wanted.did, wanted.held) as export:
                await self._take(export, wanted.page)

    def _is_answered(self, target: Target, held: Held | None) -> bool:
        if self._state.has_failed(target.did):
            return not self._plan.retry
        if held is None or held.path is not None:
            return False
        return not self._plan.renew or (target.rev is not None and target.rev <= held.rev)

    async def _take(self, export: Export | Failure, page: _Open) -> None:
        if isinstance(export, Failure):
            await self._steps.put(_Step(page, export.did, failure=export))
            return
        self.counts.bytes += export.path.stat().st_size
        chunks = read_export(export, self._clock)
        try:
            while (found := await asyncio.to_thread(_following, chunks)) is not None:
                await self._steps.put(_Step(page, export.did, *found))
        except Rejected as error:
            await self._steps.put(_Step(page, export.did, failure=invalid(export, error)))

    async def _write(self) -> None:
        while (step := await self._steps.get()) is not None:
            steps, rows = [step], _rows(step)
            while rows < PARCEL_ROWS and not self._steps.empty():
                following = self._steps.get_nowait()
                if following is None:
                    self._steps.put_nowait(None)
                    break
                steps.append(following)
                rows += _rows(following)
            parcel = self._parcel(steps)
            self.counts.records += await asyncio.to_thread(self._state.store, parcel)
            self._count(steps)
            self._told(self.counts)

    def _parcel(self, steps: list[_Step]) -> Parcel:
        parcel = Parcel()
        for step in steps:
            if step.chunk is not None and step.held is not None:
                parcel.chunks.append(step.chunk)
                parcel.held[step.did] = step.held
            if step.failure is not None:
                parcel.failures.append(step.failure)
            step.page.left -= step.is_last
        while self._pages and not self._pages[0].left:
            cursor = self._pages.popleft().cursor
            if cursor is not None:
                parcel.listing[self._plan.listing] = cursor
        return parcel

    def _count(self, steps: list[_Step]) -> None:
        for step in steps:
            if step.failure is not None:
                self.counts.failed[step.failure.reason] += 1
            elif step.chunk is None:
                self.counts.passed += 1
            else:
                self.counts.done += step.is_last
                self.counts.quarantined += len(step.chunk.quarantine)


def _following(chunks: Iterator[tuple[SourceChunk, Held]]) -> tuple[SourceChunk, Held] | None:
    return next(chunks, None)


def _rows(step: _Step) -> int:
    return 0 if step.chunk is None else int(step.chunk.rows.num_rows)
