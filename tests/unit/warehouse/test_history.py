"""Segments give back what the log held, in its order, whatever they were cut into."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_rows import SECOND_US, START_US
from skywarden.app.history import JoinedHistory
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.history import EventHistory
from skywarden.model.log_history import LogHistory
from skywarden.model.partition import PARTS, part_codes
from skywarden.warehouse import SegmentHistory
from skywarden.warehouse.merge import merge_once
from warehouse_rows import compacted, filled_log


def rows_of(history: EventHistory, start: int, stop: int | None = None, **asked: object) -> pa.Table:
    """Rows with their offsets."""
    found = [
        pa.Table.from_batches([part.rows]).append_column("offset", pa.array(part.offsets()))
        for part in history.batches(Offset(start), None if stop is None else Offset(stop), **asked)  # type: ignore[arg-type]  # names of one test
    ]
    return pa.concat_tables(found)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(step=st.integers(15, 60), merges=st.integers(0, 6), start=st.integers(0, 150), length=st.integers(1, 160))
def test_segments_say_what_the_log_says(
    tmp_path_factory: pytest.TempPathFactory, step: int, merges: int, start: int, length: int
) -> None:
    log = filled_log(160)
    store = compacted(tmp_path_factory.mktemp("warehouse"), log, step)
    for _ in range(merges):
        merge_once(store)
    stop = min(start + length, 160)
    assert rows_of(SegmentHistory(store), start, stop).equals(rows_of(LogHistory(log), start, stop))


def test_merging_goes_on_until_a_closed_day_has_one_segment_a_part(tmp_path: Path) -> None:
    store = compacted(tmp_path, filled_log(160), 10)
    before = len(store.manifest().segments)
    while merge_once(store):
        pass
    segments = store.manifest().segments
    assert len(segments) < before / 2
    closed = [(one.table, one.part) for one in segments if one.day == min(other.day for other in segments)]
    assert len(closed) == len(set(closed))
    assert sum(one.rows for one in segments if one.table == "event") == 160


def test_columns_that_are_not_asked_for_are_null(tmp_path: Path) -> None:
    log = filled_log(60)
    found = rows_of(SegmentHistory(compacted(tmp_path, log)), 0, columns=["text"])
    assert found.column("text").equals(rows_of(LogHistory(log), 0).column("text"))
    assert found.column("author_followers").null_count == 60


def test_parts_that_are_not_asked_for_are_left_out_and_offsets_stay(tmp_path: Path) -> None:
    log = filled_log(60)
    found = rows_of(SegmentHistory(compacted(tmp_path, log)), 0, parts=frozenset({"post", "identity"}))
    whole = rows_of(LogHistory(log), 0)
    codes = part_codes(whole.combine_chunks().to_batches()[0])
    wanted = pa.array([PARTS[code] in ("post", "identity") for code in codes])
    assert found.combine_chunks().equals(whole.filter(wanted).combine_chunks())


def test_an_offset_is_found_by_its_time(tmp_path: Path) -> None:
    log = filled_log(160)
    history, plain = SegmentHistory(compacted(tmp_path, log)), LogHistory(log)
    for second in (-1, 0, 1, 999, 1000, 77_001, 86_400, 158_999, 159_000, 159_001, 10**6):
        time_us = UtcMicros(START_US + second * SECOND_US)
        assert history.offset_at(time_us) == plain.offset_at(time_us)


def test_what_is_not_compacted_yet_comes_from_the_log(tmp_path: Path) -> None:
    log = filled_log(100)
    store = compacted(tmp_path, filled_log(70))
    joined = JoinedHistory(SegmentHistory(store), LogHistory(log))
    assert joined.span() == (0, 100)
    assert rows_of(joined, 13).equals(rows_of(LogHistory(log), 13))
    assert joined.offset_at(UtcMicros(START_US + 90_000 * SECOND_US)) == 90
    assert joined.offset_at(UtcMicros(START_US + 40_000 * SECOND_US)) == 40
