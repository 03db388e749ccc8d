"""Tails of counts agree with SciPy where both compute them, far tails included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from skywarden.detectors.statistics.special import incomplete_beta, lower_gamma
from skywarden.detectors.statistics.tails import beta_binomial_lower, beta_fit, upper_tail


def one(value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([value], np.float64)


@given(st.integers(0, 5_000), st.floats(0.01, 3_000))
@settings(deadline=None)
def test_a_count_without_spread_has_the_tail_of_poisson(observed: int, mean: float) -> None:
    expected = stats.poisson.sf(observed - 1, mean)
    assert upper_tail(one(observed), one(mean), one(mean))[0] == pytest.approx(expected, rel=1e-7, abs=1e-290)


@given(st.integers(0, 5_000), st.floats(0.05, 2_000), st.floats(1.01, 200))
@settings(deadline=None)
def test_a_count_with_spread_has_the_tail_of_the_negative_binomial(observed: int, mean: float, spread: float) -> None:
    variance = mean * spread
    shape = mean**2 / (variance - mean)
    expected = stats.nbinom.sf(observed - 1, shape, mean / variance)
    assert upper_tail(one(observed), one(mean), one(variance))[0] == pytest.approx(expected, rel=1e-6, abs=1e-280)


def test_what_has_never_been_and_is_not_expected_is_impossible() -> None:
    assert upper_tail(np.array([0.0, 1.0]), np.zeros(2), np.zeros(2)).tolist() == [1.0, 0.0]


def test_rows_of_a_column_do_not_touch_one_another() -> None:
    observed, mean, variance = np.array([3.0, 900.0, 0.0, 12.0]), np.array([1.0, 50.0, 2.0, 12.0]), np.full(4, 80.0)
    together = upper_tail(observed, mean, variance)
    alone = [upper_tail(observed[i : i + 1], mean[i : i + 1], variance[i : i + 1])[0] for i in range(4)]
    assert together.tolist() == alone


@given(st.floats(0.01, 1_000), st.floats(0, 1_500))
@settings(deadline=None)
def test_the_incomplete_gamma_agrees(a: float, x: float) -> None:
    assert lower_gamma(one(a), one(x))[0] == pytest.approx(special.gammainc(a, x), rel=1e-8, abs=1e-290)


@given(st.floats(0.05, 800), st.floats(0.05, 800), st.floats(0, 1))
@settings(deadline=None)
def test_the_incomplete_beta_agrees(a: float, b: float, x: float) -> None:
    assert incomplete_beta(one(a), one(b), one(x))[0] == pytest.approx(special.betainc(a, b, x), rel=1e-7, abs=1e-290)


@given(st.integers(1, 400), st.data(), st.floats(0.1, 300), st.floats(0.1, 300))
@settings(max_examples=60, deadline=None)
def test_the_lower_tail_of_the_beta_binomial_agrees(
    trials: int, data: st.DataObject, alpha: float, beta: float
) -> None:
    successes = data.draw(st.integers(0, trials))
    expected = stats.betabinom.cdf(successes, trials, alpha, beta)
    assert beta_binomial_lower(successes, trials, alpha, beta) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_beta_distribution_behind_shares_is_found() -> None:
    chance = np.random.default_rng(1)
    trials = chance.integers(3, 60, 40_000)
    successes = chance.binomial(trials, chance.beta(8.0, 2.0, len(trials)))
    found = beta_fit(successes.astype(np.float64), trials.astype(np.float64))
    assert found == pytest.approx((8.0, 2.0), rel=0.05)


def test_shares_that_do_not_vary_have_a_distribution_all_the_same() -> None:
    alpha, beta = beta_fit(np.full(5, 30.0), np.full(5, 40.0))
    assert alpha / (alpha + beta) == pytest.approx(0.75)
    assert beta_binomial_lower(2, 40, alpha, beta) < 1e-6
