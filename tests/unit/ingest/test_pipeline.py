"""The pipeline stores chunks in order, with cursor and quarantine in the same step, whatever the log does."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from ingest_rows import START_US, batch, post
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import RepoState, SourceChunk
from skywarden.ingest.pipeline import IngestPipeline
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.log.contract import QuarantineEntry
from skywarden.log.memory import MemoryLog
from skywarden.log.sqlite import SqliteLog
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

ALICE = "did:plc:alice"
BAD = QuarantineEntry("relay", "7", "cbor", "not CBOR", b"\xff", UtcMicros(START_US))


class ListSource:
    """Yields chunks after a cursor, then ends, fails or waits for ever."""

    name = "relay"

    def __init__(self, *chunks: SourceChunk, then: BaseException | None = None, endless: bool = False) -> None:
        self.given = chunks
        self.then = then
        self.endless = endless
        self.asked: list[str | None] = []

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        self.asked.append(cursor)
        for chunk in self.given:
            if cursor is None or chunk.cursor is None or int(chunk.cursor) > int(cursor):
                yield chunk
        if self.then is not None:
            raise self.then
        if self.endless:
            await asyncio.Event().wait()


class BusyLog(MemoryLog):
    """Is busy the first few times, having stored nothing."""

    def __init__(self, busy: int) -> None:
        super().__init__()
        self.busy = busy

    def append(
        self,
        rows: pa.RecordBatch,
        cursors: Mapping[str, str],
        quarantine: Sequence[QuarantineEntry] = (),
        resolved: Sequence[int] = (),
    ) -> Offset:
        if self.busy:
            self.busy -= 1
            raise Retryable("disk full")
        return super().append(rows, cursors, quarantine, resolved)


def chunk(
    cursor: int, *rows: dict[str, object], quarantine: tuple[QuarantineEntry, ...] = (), gap: bool = False
) -> SourceChunk:
    return SourceChunk(batch(*rows), str(cursor), quarantine, after_gap=gap)


async def take_in(
    source: ListSource, log: MemoryLog | SqliteLog, folder: Path, metrics: Metrics | None = None
) -> IngestPipeline:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    table = AccountTable(folder / "accounts.db")
    table.catch_up(log)
    clock = ManualClock(at_us=UtcMicros(START_US + 10_000_000))
    pipeline = IngestPipeline(source, table, log, metrics or Metrics(), clock, wait=wait)
    try:
        await pipeline.run(asyncio.Event())
    finally:
        table.close()
    return pipeline


def rkeys(log: MemoryLog | SqliteLog) -> list[str]:
    return [rkey for stored in log.read(Offset(0)) for rkey in stored.rows.column("rkey").to_pylist()]


async def test_rows_cursor_and_quarantine_are_stored_together(tmp_path: Path) -> None:
    log = MemoryLog()
    pipeline = await take_in(ListSource(chunk(7, post(ALICE, "1"), quarantine=(BAD,))), log, tmp_path)
    assert rkeys(log) == ["1"]
    assert log.cursor("relay") == "7"
    assert [stored.entry for stored in log.quarantined()] == [BAD]
    status = pipeline.status()
    assert (status.state, status.cursor, status.events, status.quarantined, status.lag_s) == ("ended", "7", 1, 1, 10.0)


async def test_a_restart_goes_on_at_the_stored_cursor_without_loss_or_repeat(tmp_path: Path) -> None:
    chunks = [chunk(number, post(ALICE, str(number), number)) for number in range(1, 6)]
    log = SqliteLog(tmp_path / "log.db")
    await take_in(ListSource(*chunks[:3]), log, tmp_path)
    log.close()
    log = SqliteLog(tmp_path / "log.db")
    again = ListSource(*chunks)
    await take_in(again, log, tmp_path)
    assert again.asked == ["3"]
    assert rkeys(log) == ["1", "2", "3", "4", "5"]
    log.close()


async def test_late_events_are_clamped_to_the_partitions_clock(tmp_path: Path) -> None:
    log = MemoryLog()
    await take_in(
        ListSource(chunk(1, post(ALICE, "1", 5), post(ALICE, "2", 2)), chunk(2, post(ALICE, "3", 1))), log, tmp_path
    )
    times = [time for stored in log.read(Offset(0)) for time in stored.rows.column("time_us").to_pylist()]
    assert times == [START_US + 5_000_000] * 3


async def test_a_busy_log_is_tried_again_and_nothing_is_stored_twice(tmp_path: Path) -> None:
    log = BusyLog(busy=3)
    await take_in(ListSource(chunk(1, post(ALICE, "1")), chunk(2, post(ALICE, "2"))), log, tmp_path)
    assert rkeys(log) == ["1", "2"]
    table = AccountTable(tmp_path / "accounts.db")
    account = table.find(Did(ALICE))
    assert account is not None
    assert account.posts_seen == 2
    table.close()


async def test_a_source_that_needs_a_person_stops_the_pipeline_with_its_words(tmp_path: Path) -> None:
    log = MemoryLog()
    failing = ListSource(chunk(1, post(ALICE, "1")), then=Rejected("future-cursor", hint="remove the cursor"))
    table = AccountTable(tmp_path / "accounts.db")
    pipeline = IngestPipeline(failing, table, log, Metrics(), ManualClock())
    with pytest.raises(Rejected, match="future-cursor"):
        await pipeline.run(asyncio.Event())
    assert rkeys(log) == ["1"]
    assert (pipeline.status().state, "remove the cursor" in pipeline.status().last_error) == ("stopped", True)
    table.close()


async def test_stopping_stores_what_was_read(tmp_path: Path) -> None:
    log, stop = MemoryLog(), asyncio.Event()
    table = AccountTable(tmp_path / "accounts.db")
    source = ListSource(chunk(1, post(ALICE, "1")), endless=True)
    pipeline = IngestPipeline(
        source, table, log, Metrics(), ManualClock(), on_append=lambda end, received_s: stop.set()
    )
    await pipeline.run(stop)
    assert rkeys(log) == ["1"]
    table.close()


async def test_counts_reach_the_metrics(tmp_path: Path) -> None:
    metrics = Metrics()
    await take_in(ListSource(chunk(1, post(ALICE, "1"), quarantine=(BAD, BAD))), MemoryLog(), tmp_path, metrics)
    assert metrics.value(catalog.INGEST_EVENTS, source="relay") == 1
    assert metrics.value(catalog.INGEST_QUARANTINED, source="relay", reason="cbor") == 2
    assert metrics.value(catalog.LOG_END_OFFSET) == 1


async def test_repository_states_are_stored_with_their_rows(tmp_path: Path) -> None:
    state = RepoState(Did(ALICE), rev="3a", data=b"root")
    given = SourceChunk(batch(post(ALICE, "1")), "1", repo_states=(state,))
    await take_in(ListSource(given), MemoryLog(), tmp_path)
    table = AccountTable(tmp_path / "accounts.db")
    assert table.repo_state(Did(ALICE)) == state
    table.close()
