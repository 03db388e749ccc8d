"""Turn a source's chunks into durable, stamped batches of the log, each with its cursor and quarantine in one append.

Retry: an append that found the world busy is repeated with the same stamped batch. Crash: a cursor is stored with the
rows before it, so a restart neither loses nor repeats a row (INV-2). Two writers: the log refuses the second.
Backpressure: two chunks wait at most; a slow log stops the source from reading its socket.

Feeds give rows of our own making (decisions, second looks); they go through the same line, each with its own cursor.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pyarrow as pa

from skywarden.ingest.contract import Feed, FeedChunk, RepoState, Source, SourceChunk
from skywarden.ingest.event_time import EventClock
from skywarden.ingest.progress import IngestStatus, Progress
from skywarden.ingest.reconnect import Backoff, Linked, Wait
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Retryable, SkywardenError
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log.contract import Log, QuarantineEntry
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

MAX_BATCH_ROWS = 8_192
"""Chunks that wait are joined up to so many rows. A chunk is never split: its cursor belongs to all of it."""

WAITING_CHUNKS = 2
IDLE_FLUSH_S = 1.0
RECENT_ROWS = 65_536
FEED_S = 0.25
"""How often feeds are asked while they have nothing."""


@dataclass(frozen=True, slots=True)
class _Fed:
    """A feed's chunk in the line; `stored` is set when it is durable."""

    feed: str
    chunk: FeedChunk
    stored: asyncio.Event = field(default_factory=asyncio.Event)


Item = SourceChunk | _Fed
Chunks = asyncio.Queue[Item | None]
"""What was read and not yet written; None: nothing more will come."""


class Stamping(Protocol):
    """What the pipeline needs of an account table."""

    def stamp(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Rows of `EVENT_FIELDS` -> rows of `SCHEMA`."""
        ...

    def commit(self, end: Offset, repos: Iterable[RepoState] = ()) -> None:
        """The stamped rows are durable, up to offset `end`."""
        ...

    def flush(self) -> None:
        """Nothing is under way: store what came from elsewhere."""
        ...

    def note_gap(self, time_us: int) -> None:
        """A stretch of the stream before `time_us` is missing."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A source that goes back a little when it starts and must know what the log has of that stretch."""

    def remember(self, rows: pa.RecordBatch) -> None: ...


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: pa.RecordBatch
    counts: dict[str, int]
    cursors: dict[str, str]
    last_us: UtcMicros | None
    quarantine: list[QuarantineEntry]
    repos: tuple[RepoState, ...]
    received_s: float | None


class IngestPipeline:
    """The first stage: one source into one log. `on_append` is told where each durable batch ends and when the
    first of it arrived (`SourceChunk.received_s`).
    """

    def __init__(
        self,
        source: Source,
        stamper: Stamping,
        log: Log,
        metrics: Metrics,
        clock: Clock,
        *,
        on_append: Callable[[Offset, float | None], None] = lambda end, received_s: None,
        feeds: Sequence[Feed] = (),
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._source = source
        self._stamper = stamper
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._on_append = on_append
        self._feeds = feeds
        self._wait = wait
        self._times = EventClock(clock, log.last_time_us())
        self._progress = Progress(clock, log.cursor(source.name), log.last_time_us())
        self._stopping = False
        self._source_ended = False
        self._logger = Logger("ingest")

    async def run(self, stop: asyncio.Event) -> None:
        """Take in until the source ends or `stop` is set; what was read by then is appended. Feeds never end.

        Raises: what the source or the log raises when going on needs a person.
        """
        self._progress.state = "running"
        try:
            await self._run(stop)
        except SkywardenError as error:
            self._progress.last_error = str(error)
            self._logger.error(catalog.SOURCE_STOPPED, source=self._source.name, detail=str(error))
            raise
        else:
            self._progress.state = "ended"
        finally:
            if self._progress.state == "running":
                self._progress.state = "stopped"

    def status(self) -> IngestStatus:
        """How it stands now; safe from any thread."""
        link = self._source.link if isinstance(self._source, Linked) else None
        return self._progress.status(self._source.name, link)

    async def _run(self, stop: asyncio.Event) -> None:
        await asyncio.to_thread(self._remind)
        chunks: Chunks = asyncio.Queue(WAITING_CHUNKS)
        reader = asyncio.create_task(self._read(chunks), name=f"read {self._source.name}")
        writer = asyncio.create_task(self._write(chunks), name=f"write {self._source.name}")
        feeders = [asyncio.create_task(self._feed(feed, chunks), name=f"feed {feed.name}") for feed in self._feeds]
        stopper = asyncio.create_task(stop.wait(), name="stop ingest")
        try:
            await asyncio.wait({stopper, writer, *feeders}, return_when=asyncio.FIRST_COMPLETED)
            failed = [feeder for feeder in feeders if feeder.done()]
            if not writer.done():
                self._stopping = True
                await _end(reader, *feeders)
                last = asyncio.create_task(chunks.put(None), name="end ingest")
                await asyncio.wait({last, writer}, return_when=asyncio.FIRST_COMPLETED)
            await writer
            for task in (reader, *failed):
                if task.done() and not task.cancelled():
                    task.result()
        finally:
            await _end(reader, stopper, writer, *feeders)

    def _remind(self) -> None:
        if isinstance(self._source, Remembering):
            start = max(0, self._log.end_offset() - RECENT_ROWS)
            for batch in self._log.read(Offset(start)):
                self._source.remember(batch.rows)

    async def _read(self, chunks: Chunks) -> None:
        stream = self._source.chunks(self._progress.cursor)
        try:
            async for chunk in stream:
                await chunks.put(chunk)
            self._source_ended = True
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
            if not _is_cancelled():
                await chunks.put(None)

    async def _feed(self, feed: Feed, chunks: Chunks) -> None:
        """Put a feed's chunks into the line, each once the one before is durable."""
        cursor = await asyncio.to_thread(self._log.cursor, feed.name)
        while True:
            try:
                chunk = await asyncio.to_thread(feed.after, cursor)
            except Retryable as error:
                self._logger.warning(catalog.INGEST_RETRY, source=feed.name, detail=str(error))
                chunk = None
            if chunk is None:
                await self._wait(FEED_S)
                continue
            fed = _Fed(feed.name, chunk)
            await chunks.put(fed)
            await fed.stored.wait()
            cursor = chunk.cursor

    async def _write(self, chunks: Chunks) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_FLUSH_S):
                    first = await chunks.get()
            except TimeoutError:
                await asyncio.to_thread(self._stamper.flush)
                continue
            taken, ended = _take_waiting(first, chunks)
            if taken:
                await self._store(taken)
            if ended and not self._goes_on():
                return

    def _goes_on(self) -> bool:
        """The source has ended in order, and feeds are still to be served."""
        if self._stopping or not self._source_ended or not self._feeds:
            return False
        self._progress.state = "ended"
        return True

    async def _store(self, chunks: list[Item]) -> None:
        batch = await asyncio.to_thread(self._prepare, chunks)
        base = await self._append(batch)
        end = Offset(base + batch.rows.num_rows)
        self._on_append(end, batch.received_s)  # the rules need not wait for what follows
        await asyncio.to_thread(self._stamper.commit, end, batch.repos)
        for chunk in chunks:
            if isinstance(chunk, _Fed):
                chunk.stored.set()
        self._count(batch, end)

    async def _append(self, batch: _Batch) -> Offset:
        backoff = Backoff()
        while True:
            started_s = self._clock.monotonic_s()
            try:
                base = await asyncio.to_thread(self._log.append, batch.rows, batch.cursors, batch.quarantine)
            except Retryable as error:
                if self._stopping:
                    raise
                self._progress.last_error = str(error)
                self._logger.warning(catalog.INGEST_RETRY, source=self._source.name, detail=str(error))
                await self._wait(backoff.next_s())
            else:
                self._metrics.observe(catalog.LOG_APPEND_SECONDS, self._clock.monotonic_s() - started_s)
                return base

    def _prepare(self, items: list[Item]) -> _Batch:
        """Join chunks, set their times and stamp them: once a batch, also when its append is repeated."""
        stamped = [self._stamp(item) for item in items]
        chunks = [item for item in items if isinstance(item, SourceChunk)]
        times = [rows.column("time_us")[-1].as_py() for rows in self._of_source(items, stamped) if rows.num_rows]
        cursors: dict[str, str] = {}
        counts = Counter[str]()
        for item, rows in zip(items, stamped, strict=True):
            name, chunk = (item.feed, item.chunk) if isinstance(item, _Fed) else (self._source.name, item)
            counts[name] += rows.num_rows
            if chunk.cursor is not None:
                cursors[name] = chunk.cursor
        return _Batch(
            rows=stamped[0] if len(stamped) == 1 else _join(stamped),
            counts=counts,
            cursors=cursors,
            last_us=times[-1] if times else None,
            quarantine=[entry for chunk in chunks for entry in chunk.quarantine],
            repos=tuple({state.did: state for chunk in chunks for state in chunk.repo_states}.values()),
            received_s=min((chunk.received_s for chunk in chunks if chunk.received_s is not None), default=None),
        )

    def _of_source(self, items: list[Item], stamped: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        return [rows for item, rows in zip(items, stamped, strict=True) if isinstance(item, SourceChunk)]

    def _stamp(self, item: Item) -> pa.RecordBatch:
        if isinstance(item, _Fed):
            return self._stamper.stamp(self._times.place(item.chunk.rows))
        rows = self._times.clamp(item.rows)
        if item.after_gap:
            last_us = rows.column("time_us")[0].as_py() if rows.num_rows else self._clock.now_us()
            self._stamper.note_gap(last_us)
        return self._stamper.stamp(rows)

    def _count(self, batch: _Batch, end: Offset) -> None:
        name = self._source.name
        for source, rows in batch.counts.items():
            self._metrics.add(catalog.INGEST_EVENTS, rows, source=source)
        if name in batch.counts:
            self._progress.stored(batch.counts[name], len(batch.quarantine), batch.cursors.get(name), batch.last_us)
        for entry in batch.quarantine:
            self._metrics.add(catalog.INGEST_QUARANTINED, source=name, reason=entry.reason)
        self._metrics.set(catalog.LOG_END_OFFSET, end)
        self._metrics.set(catalog.INGEST_LAG_SECONDS, self._progress.lag_s() or 0.0, source=name)


def _take_waiting(first: Item | None, chunks: Chunks) -> tuple[list[Item], bool]:
    """The chunks that wait already, up to MAX_BATCH_ROWS; True when they are the last."""
    taken: list[Item] = []
    rows, item = 0, first
    while item is not None:
        taken.append(item)
        rows += (item.chunk if isinstance(item, _Fed) else item).rows.num_rows
        if rows >= MAX_BATCH_ROWS or chunks.empty():
            return taken, False
        item = chunks.get_nowait()
    return taken, True


def _join(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.concat_batches(batches)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _end(*tasks: "asyncio.Task[object]") -> None:
    """Cancel tasks and wait until they are over; their own errors are read elsewhere."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
