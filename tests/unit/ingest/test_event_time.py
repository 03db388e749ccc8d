"""The partition's clock is monotone and one wrong row does not drag it away."""

import pyarrow as pa

from ingest_rows import START_US, batch, post
from skywarden.ingest.event_time import MAX_JUMP_US, EventClock
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import UtcMicros

HOUR_S = 3600.0


def times(rows: pa.RecordBatch) -> list[float]:
    return [(time - START_US) / 1_000_000 for time in rows.column("time_us").to_pylist()]


def at(*seconds: float) -> pa.RecordBatch:
    return batch(*(post("did:plc:a", "1", second) for second in seconds))


def test_times_never_go_back_not_even_behind_the_logs_last_row() -> None:
    clock = EventClock(ManualClock(at_us=UtcMicros(START_US)), UtcMicros(START_US + 3_000_000))
    assert times(clock.clamp(at(1, 5, 4, 6))) == [3, 5, 5, 6]
    assert times(clock.clamp(at(2, 7))) == [6, 7]


def test_one_row_of_the_far_future_does_not_stop_every_window() -> None:
    clock = EventClock(ManualClock(at_us=UtcMicros(START_US)), None)
    clock.clamp(at(1, 2))
    assert times(clock.clamp(at(3, 1e9, 4))) == [3, 3, 4]


def test_a_clock_of_ours_that_is_an_hour_slow_changes_no_time() -> None:
    wrong = ManualClock(at_us=UtcMicros(START_US - round(HOUR_S * 1_000_000)))
    clock = EventClock(wrong, None)
    assert times(clock.clamp(at(1, 2))) == [1, 2]
    wrong.advance(1)
    assert times(clock.clamp(at(3, 4))) == [3, 4]


def test_a_quiet_stream_may_go_on_after_hours() -> None:
    manual = ManualClock(at_us=UtcMicros(START_US))
    clock = EventClock(manual, None)
    clock.clamp(at(1))
    manual.advance(5 * HOUR_S)
    assert times(clock.clamp(at(5 * HOUR_S))) == [5 * HOUR_S]


def test_a_batch_without_rows_leaves_the_clock_alone() -> None:
    clock = EventClock(ManualClock(at_us=UtcMicros(START_US)), UtcMicros(START_US))
    assert clock.clamp(at()).num_rows == 0
    assert times(clock.clamp(at(MAX_JUMP_US / 1_000_000))) == [MAX_JUMP_US / 1_000_000]
