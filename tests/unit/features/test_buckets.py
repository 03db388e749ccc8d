"""Token buckets: a burst passes, a pace above the rate does not, and time gives tokens back."""

import numpy as np

from skywarden.features.buckets import TokenBuckets
from skywarden.features.contract import Asked, FeatureSpec

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


def limited(times_us: list[int], *, burst: int = 3, tokens: int = 6, adds: list[bool] | None = None) -> list[bool]:
    """Whether each event of one key is limited, at `tokens` an hour."""
    feature = TokenBuckets(FeatureSpec("t", "rate_limited", HOUR_US, params=(tokens, HOUR_US, burst)))
    keys, added = np.ones(len(times_us), np.uint64), np.array(adds or [True] * len(times_us))
    return [bool(answer) for answer in feature.observe(Asked(keys, np.array(times_us, np.int64), added)).values]


def test_a_burst_passes_and_the_next_event_does_not() -> None:
    assert limited([0, 0, 0, 0]) == [False, False, False, True]


def test_a_token_comes_back_exactly_in_its_time() -> None:
    assert limited([0, 0, 0, 10 * MINUTE_US - 1, 10 * MINUTE_US]) == [False, False, False, True, False]


def test_a_limited_event_takes_nothing() -> None:
    times_us = [0, 0, 0, *[minute * MINUTE_US for minute in range(1, 10)], 10 * MINUTE_US]
    assert limited(times_us) == [False] * 3 + [True] * 9 + [False]


def test_an_event_that_only_reads_takes_nothing() -> None:
    assert limited([0] * 5, adds=[False, True, True, True, False]) == [False] * 4 + [True]


def test_a_pace_at_the_rate_is_never_limited() -> None:
    assert not any(limited([number * 10 * MINUTE_US for number in range(200)], burst=1))


def test_parts_of_a_token_are_not_lost_to_rounding() -> None:
    """Seven an hour are no whole number of microseconds apart."""
    times_us = [number * HOUR_US // 7 for number in range(10_000)]
    assert not any(limited(times_us, burst=2, tokens=7))
    assert limited([0, HOUR_US // 7], burst=1, tokens=7) == [False, True]


def test_the_largest_bucket_does_not_overflow() -> None:
    day_us = 24 * HOUR_US
    feature = TokenBuckets(FeatureSpec("t", "rate_limited", day_us, params=(1_000_000, day_us, 1_000_000)))
    times_us = np.array([0, 2**60], np.int64)
    answers = feature.observe(Asked(np.ones(2, np.uint64), times_us, np.ones(2, np.bool_)))
    assert answers.values.tolist() == [False, False]
