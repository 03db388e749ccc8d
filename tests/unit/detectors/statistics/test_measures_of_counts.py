"""Entropy, q-values and baselines, against what a hand computes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skywarden.detectors.statistics.baselines import baseline, calendar, or_population
from skywarden.detectors.statistics.discoveries import q_values
from skywarden.detectors.statistics.entropy import evenness, gap_histogram, miller_madow, variation


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_q_values_are_those_of_benjamini_and_hochberg(p: list[float]) -> None:
    expected = stats.false_discovery_control(p, method="bh")
    assert q_values(np.array(p)) == pytest.approx(expected)


def test_no_p_values_give_no_q_values() -> None:
    assert len(q_values(np.zeros(0))) == 0


def test_the_entropy_of_two_alike_bins_is_a_bit_and_its_correction() -> None:
    assert miller_madow(np.array([[4, 4, 0]]))[0] == pytest.approx(1 + 1 / (2 * 8 * math.log(2)))


def test_all_in_one_bin_and_nothing_at_all_have_no_entropy() -> None:
    assert evenness(np.array([[9, 0, 0], [0, 0, 0]])).tolist() == [0.0, 0.0]


@given(st.lists(st.integers(0, 50), min_size=2, max_size=24))
def test_evenness_is_a_share(counts: list[int]) -> None:
    assert 0 <= evenness(np.array([counts]))[0] <= 1


def test_a_day_filled_alike_is_even_and_working_hours_are_less_so() -> None:
    day = np.full(24, 4)
    work = np.array([0] * 9 + [12] * 8 + [0] * 7)
    even, uneven = evenness(np.array([day, work]))
    assert even == 1.0
    assert uneven < 0.75


def test_a_gap_at_an_edge_is_in_the_upper_class() -> None:
    assert gap_histogram(np.array([0.0, 59.9, 60.0, 3_600.0, 1e6])).tolist() == [2, 1, 0, 0, 1, 0, 1]


def test_a_clock_does_not_vary() -> None:
    assert variation(np.full(10, 300.0)) == 0
    assert variation(np.array([1.0, 3.0])) == 0.5
    assert variation(np.zeros(0)) == 0


def test_a_baseline_fills_the_calendar_with_zeros_and_leaves_the_day_itself_out() -> None:
    table = calendar(np.array([0, 0, 0, 1]), np.array([0, 2, 4, 3]), np.array([6, 3, 100, 8]), (2, 5))
    found = baseline(table, 4, 4)
    assert found.mean.tolist() == [2.25, 2.0]
    assert found.median.tolist() == [1.5, 0.0]
    assert found.variance.tolist() == pytest.approx([np.var([6, 0, 3, 0]), np.var([0, 0, 0, 8])])
    assert found.history.tolist() == [4, 1]


def test_a_baseline_reaches_no_further_back_than_it_may() -> None:
    table = np.array([[9, 1, 1, 5]])
    assert baseline(table, 3, 2).mean.tolist() == [1.0]


def test_the_first_day_has_no_past() -> None:
    found = baseline(np.array([[7]]), 0, 3)
    assert (found.mean.tolist(), found.history.tolist()) == ([0.0], [0])


def test_who_has_too_little_history_is_compared_with_all_the_others() -> None:
    assert or_population(np.array([9.0, 1.0]), np.array([2, 3]), 3, 4.0).tolist() == [4.0, 1.0]
