"""What every log promises, run over each implementation."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skywarden.kernel.errors import Broken, Retryable
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log import Log, MemoryLog, QuarantineEntry, SqliteLog

SCHEMA = pa.schema([("time_us", pa.int64()), ("did", pa.string())])


def rows(start: int, count: int) -> pa.RecordBatch:
    numbers = list(range(start, start + count))
    return pa.record_batch({"time_us": numbers, "did": [f"did:plc:{n}" for n in numbers]}, schema=SCHEMA)


def dids(log: Log, start: int = 0, stop: int | None = None) -> list[str]:
    found = log.read(Offset(start), None if stop is None else Offset(stop))
    return [did for batch in found for did in batch.rows.column("did").to_pylist()]


def bad(position: str) -> QuarantineEntry:
    return QuarantineEntry("relay", position, "cbor_depth", "too deep", b"\xff\x00", UtcMicros(5))


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    made: Log = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "log.db")
    yield made
    made.close()


def test_offsets_count_rows_without_holes(log: Log) -> None:
    assert log.append(rows(0, 3), {}) == 0
    assert log.append(rows(3, 4), {}) == 3
    assert log.end_offset() == 7
    assert dids(log) == [f"did:plc:{n}" for n in range(7)]


def test_a_read_is_cut_to_what_was_asked(log: Log) -> None:
    log.append(rows(0, 5), {})
    log.append(rows(5, 5), {})
    assert dids(log, 3, 7) == [f"did:plc:{n}" for n in range(3, 7)]
    assert dids(log, 10) == []


def test_a_cursor_is_stored_with_its_batch(log: Log) -> None:
    assert log.cursor("relay") is None
    log.append(rows(0, 1), {"relay": "17"})
    log.append(rows(1, 0), {"relay": "18", "other": "3"})
    assert (log.cursor("relay"), log.cursor("other"), log.end_offset()) == ("18", "3", 1)


def test_time_that_goes_backwards_is_refused_and_leaves_nothing(log: Log) -> None:
    log.append(rows(10, 2), {"relay": "1"})
    with pytest.raises(Broken, match="clamp"):
        log.append(rows(5, 2), {"relay": "2"})
    assert (log.end_offset(), log.cursor("relay"), log.last_time_us()) == (2, "1", 11)


def test_time_that_goes_backwards_inside_a_batch_is_refused(log: Log) -> None:
    with pytest.raises(Broken, match="row 1"):
        log.append(pa.record_batch({"time_us": [5, 4], "did": ["a", "b"]}, schema=SCHEMA), {})


def test_quarantine_keeps_bytes_and_is_resolved_by_number(log: Log) -> None:
    log.append(rows(0, 0), {}, [bad("1"), bad("2")])
    first, second = log.quarantined()
    assert (first.entry, second.entry.position, log.quarantine_count()) == (bad("1"), "2", 2)
    log.append(rows(0, 1), {}, resolved=[first.number])
    assert [stored.number for stored in log.quarantined()] == [second.number]
    assert len(log.quarantined(unresolved_only=False)) == 2
    assert log.quarantined(after=second.number) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(0, 9), max_size=12), start=st.integers(0, 40), length=st.integers(0, 40))
def test_any_split_into_batches_reads_the_same(sizes: list[int], start: int, length: int) -> None:
    log, at = MemoryLog(), 0
    for size in sizes:
        log.append(rows(at, size), {})
        at += size
    assert dids(log, start, start + length) == [f"did:plc:{n}" for n in range(at)][start : start + length]


def test_what_was_appended_is_there_after_reopening(tmp_path: Path) -> None:
    first = SqliteLog(tmp_path / "log.db")
    first.append(rows(0, 3), {"relay": "9"}, [bad("4")])
    first.close()
    again = SqliteLog(tmp_path / "log.db")
    assert (again.end_offset(), again.cursor("relay"), again.last_time_us()) == (3, "9", 2)
    assert again.append(rows(3, 1), {}) == 3
    again.close()


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    first = SqliteLog(tmp_path / "log.db")
    with pytest.raises(Broken, match="another process"):
        SqliteLog(tmp_path / "log.db")
    first.close()


def test_a_reader_beside_the_writer_sees_new_rows_and_cannot_append(tmp_path: Path) -> None:
    writer = SqliteLog(tmp_path / "log.db")
    reader = SqliteLog(tmp_path / "log.db", writable=False)
    writer.append(rows(0, 2), {})
    assert (reader.end_offset(), dids(reader), reader.last_time_us()) == (2, ["did:plc:0", "did:plc:1"], 1)
    with pytest.raises(Broken, match="reading only"):
        reader.append(rows(2, 1), {})
    reader.close()
    writer.close()


def test_a_reader_of_a_log_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="skywarden up"):
        SqliteLog(tmp_path / "log.db", writable=False)


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db")
    log.append(rows(0, 3), {})
    log.close()
    with sqlite3.connect(tmp_path / "log.db") as db:
        payload = bytearray(db.execute("SELECT payload FROM batches").fetchone()[0])
        payload[len(payload) // 2] ^= 1
        db.execute("UPDATE batches SET payload = ?", (bytes(payload),))
    db.close()
    log = SqliteLog(tmp_path / "log.db")
    with pytest.raises(Broken, match="damaged"):
        dids(log)
    log.close()


def blank(batch: pa.RecordBatch, places: Sequence[int]) -> pa.RecordBatch:
    dids = [None if place in places else did for place, did in enumerate(batch.column("did").to_pylist())]
    return pa.record_batch([batch.column("time_us"), pa.array(dids, pa.string())], schema=batch.schema)


def test_rows_are_rewritten_where_they_stand(log: Log) -> None:
    log.append(rows(0, 3), {})
    log.append(rows(3, 3), {})
    log.append(rows(6, 3), {})
    assert log.rewrite([7, 1, 2], blank) == 3
    assert dids(log) == ["did:plc:0", None, None, "did:plc:3", "did:plc:4", "did:plc:5", "did:plc:6", None, "did:plc:8"]
    assert log.rewrite([1, 2, 7], blank) == 0
    assert log.append(rows(9, 1), {}) == 9


def test_the_oldest_rows_go_batch_by_batch_and_offsets_stay(log: Log) -> None:
    for start in (0, 3, 6):
        log.append(rows(start, 3), {})
    assert log.start_offset() == 0
    assert log.drop_before(Offset(5)) == 3
    assert (log.start_offset(), log.end_offset()) == (3, 9)
    assert dids(log, 3) == [f"did:plc:{n}" for n in range(3, 9)]
    assert log.drop_before(Offset(99)) == 3
    assert log.append(rows(9, 1), {}) == 9


def test_what_was_rewritten_is_nowhere_in_the_file(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db")
    log.append(pa.record_batch({"time_us": [1], "did": ["did:plc:" + "secret" * 3]}, schema=SCHEMA), {})
    [(payload,)] = sqlite3.connect(tmp_path / "log.db").execute("SELECT payload FROM batches").fetchall()
    log.rewrite([0], blank)
    log.close()
    assert payload not in (tmp_path / "log.db").read_bytes()
