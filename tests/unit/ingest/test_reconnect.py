"""Waits between connections grow, are spread, and start over with progress; silent collections are noticed."""

import pyarrow as pa

from skywarden.ingest.rate_watch import KEPT_WINDOWS, STEADY_EVENTS, WINDOW_S, RateWatch
from skywarden.ingest.reconnect import Backoff
from skywarden.kernel.clock import ManualClock


def test_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(first_s=1, most_s=10, chance=lambda: 1.0)
    assert [backoff.next_s() for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_waits_are_spread_over_the_upper_half() -> None:
    backoff = Backoff(first_s=8, most_s=8, chance=iter([0.0, 0.5, 1.0]).__next__)
    assert [backoff.next_s() for _ in range(3)] == [4, 6, 8]


def test_progress_starts_the_waits_over() -> None:
    backoff = Backoff(first_s=1, chance=lambda: 1.0)
    assert [backoff.next_s() for _ in range(3)] == [1, 2, 4]
    backoff.progressed()
    assert backoff.next_s() == 1


def test_a_very_long_outage_does_not_overflow() -> None:
    backoff = Backoff(first_s=1, most_s=60, chance=lambda: 1.0)
    assert [backoff.next_s() for _ in range(5_000)][-1] == 60


class Stream:
    """Feeds a watch window by window."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.watch = RateWatch(self.clock)

    def window(self, **counts: int) -> frozenset[str]:
        """One window with so many events of each collection; what it was found to have stalled."""
        self.clock.advance(WINDOW_S)
        self.watch.count(pa.array([name for name, count in counts.items() for _ in range(count)], pa.string()))
        return self.watch.newly_stalled()


def test_a_collection_that_stops_while_others_go_on_is_noticed_once() -> None:
    stream = Stream()
    for _ in range(KEPT_WINDOWS):
        assert not stream.window(post=STEADY_EVENTS, like=STEADY_EVENTS)
    assert stream.window(like=STEADY_EVENTS) == {"post"}
    assert not stream.window(like=STEADY_EVENTS)
    assert stream.watch.stalled == {"post"}


def test_a_collection_that_comes_again_is_no_longer_stalled() -> None:
    stream = Stream()
    for _ in range(KEPT_WINDOWS):
        stream.window(post=STEADY_EVENTS, like=STEADY_EVENTS)
    stream.window(like=STEADY_EVENTS)
    stream.window(post=1, like=1)
    assert stream.watch.stalled == frozenset()


def test_a_rare_collection_is_not_missed_and_a_silent_stream_accuses_nobody() -> None:
    stream = Stream()
    for _ in range(KEPT_WINDOWS):
        stream.window(rare=STEADY_EVENTS - 1, like=STEADY_EVENTS)
    assert not stream.window(like=STEADY_EVENTS)
    assert not stream.window()
