"""Trends: what is usual for a key, what stands out, and what becomes usual."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.naive_sketches import Baseline
from skywarden.features.contract import Asked, FeatureSpec
from skywarden.features.trends import TrendBaselines

HOUR_US = 3_600_000_000
WEEK = 168


def hourly_scores(counts: list[int]) -> list[float]:
    """The score at the last event of each hour that has one, for so many events an hour; unknown ones are nan."""
    feature = TrendBaselines(FeatureSpec("t", "trending", HOUR_US, params=(WEEK * HOUR_US,)))
    scores = []
    for hour, count in enumerate(counts):
        times_us = hour * HOUR_US + np.arange(count) * (HOUR_US // max(count, 1))
        answers = feature.observe(Asked(np.ones(count, np.uint64), times_us, np.ones(count, np.bool_)))
        scores.append(answers.values[-1] if count and answers.valid[-1] else math.nan)
    return scores


def test_a_key_has_no_score_for_five_periods() -> None:
    scores = hourly_scores([10] * 7)
    assert [math.isnan(score) for score in scores] == [True] * 5 + [False] * 2


def test_an_even_pace_is_no_trend() -> None:
    assert max(abs(score) for score in hourly_scores([20] * 100)[5:]) < 1


def test_a_burst_stands_out_while_it_lasts_and_is_not_learnt() -> None:
    scores = hourly_scores([20] * 50 + [100] * 3 + [20] * 3)
    assert min(scores[50:53]) > 10
    assert abs(scores[55]) < 1


def test_the_first_minutes_of_a_period_see_the_burst_of_the_one_before() -> None:
    feature = TrendBaselines(FeatureSpec("t", "trending", HOUR_US, params=(WEEK * HOUR_US,)))
    usual = np.arange(50 * 20) * (HOUR_US // 20)
    burst = 50 * HOUR_US - np.arange(100, 0, -1)
    times_us = np.concatenate([usual[usual < burst[0]], burst, [50 * HOUR_US + 60_000_000]])
    answers = feature.observe(Asked(np.ones(len(times_us), np.uint64), times_us, np.ones(len(times_us), np.bool_)))
    assert answers.values[-1] > 10


def test_what_lasts_for_the_whole_memory_becomes_usual() -> None:
    scores = hourly_scores([20] * 50 + [100] * (2 * WEEK))
    assert min(scores[50 : 50 + WEEK]) > 4
    assert abs(scores[-1]) < 2


def test_four_events_are_never_above_the_usual() -> None:
    scores = hourly_scores([1] + [0] * 100 + [4] + [0] * 10 + [30])
    assert scores[101] == 0
    assert scores[-1] > 10


def test_a_key_is_forgotten_after_its_memory() -> None:
    assert math.isnan(hourly_scores([9] * 20 + [0] * (WEEK + 1) + [9])[-1])


@settings(max_examples=100, deadline=None)
@given(
    counts=st.lists(st.integers(0, 100), min_size=1, max_size=30), silent=st.integers(1, 60), memory=st.integers(5, 40)
)
def test_silent_periods_are_learnt_at_once_as_one_after_another(counts: list[int], silent: int, memory: int) -> None:
    at_once, stepwise = Baseline(memory), Baseline(memory)
    for count in counts:
        at_once.learn(count)
        stepwise.learn(count)
    at_once.learn_silence(silent)
    for _ in range(silent):
        stepwise.learn(0)
    assert math.isclose(at_once.mean, stepwise.mean, rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(at_once.variance, stepwise.variance, rel_tol=1e-9, abs_tol=1e-9)
    assert at_once.periods == stepwise.periods
