"""What was backfilled of whoever is forgotten is blank too, beside a backfill that runs."""

from pathlib import Path

import pyarrow as pa

from event_rows import post
from skywarden.app.jobs.forget_beside import blank_backfill
from skywarden.ingest.backfill.state import BackfillState, Held, Parcel
from skywarden.ingest.contract import ROW_SCHEMA, SourceChunk
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset
from skywarden.log import SqliteLog

ALICE, BOB = Did("did:plc:alice"), Did("did:plc:bob")


def chunk(did: Did, *numbers: int) -> SourceChunk:
    rows = [post(number, did=did, text=f"text {number}", record="{}") for number in numbers]
    named = [{name: row[name] for name in ROW_SCHEMA.names} for row in rows]
    return SourceChunk(pa.RecordBatch.from_pylist(named, schema=ROW_SCHEMA), None)


def texts(path: Path) -> list[str | None]:
    log = SqliteLog(path, writable=False)
    found = [text for batch in log.read(Offset(0)) for text in batch.rows.column("text").to_pylist()]
    log.close()
    return found


def test_backfilled_rows_of_accounts_and_records_become_blank(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    log = SqliteLog(path)  # held by the backfill that runs
    state = BackfillState(log, ManualClock())
    state.store(Parcel([chunk(ALICE, 0, 1), chunk(BOB, 2)], {ALICE: Held("3a"), BOB: Held("3b")}))
    state.store(Parcel([chunk(BOB, 3), chunk(ALICE, 4)], {ALICE: Held("3c")}))
    blank = blank_backfill(path)
    assert blank(["did:plc:nobody"]) == 0
    assert blank([f"at://{BOB}/app.bsky.feed.post/r2"]) == 1
    assert texts(path) == ["text 0", "text 1", None, "text 3", "text 4"]
    assert blank([ALICE]) == 3
    assert texts(path) == [None, None, None, "text 3", None]
    state.store(Parcel([chunk(ALICE, 5)]))
    assert texts(path)[-1] == "text 5"
    log.close()


def test_nothing_is_blank_where_nothing_was_backfilled(tmp_path: Path) -> None:
    assert blank_backfill(tmp_path / "history.db")([ALICE]) == 0
