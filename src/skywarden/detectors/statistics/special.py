"""Turn arrays of parameters into the two incomplete functions that every tail here is made of.

Rows are computed together and leave the loop once they have converged. Relative error is below 1e-9 down to 1e-290.
"""

import math

import numpy as np
import numpy.typing as npt

from skywarden.kernel.errors import Broken

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_EPSILON = 1e-15
_TINY = 1e-300
_ROUNDS = 200_000
"""Convergence takes about the root of the largest parameter: counts up to 10^9 need some ten thousand rounds."""

_log_gamma = np.frompyfunc(math.lgamma, 1, 1)


def log_gamma(x: Floats) -> Floats:
    """Logarithm of the gamma function of each value above 0."""
    return np.asarray(_log_gamma(x), np.float64)


def lower_gamma(a: Floats, x: Floats) -> Floats:
    """Regularised lower incomplete gamma P(a, x) of each row, a > 0 and x >= 0.

    Source: Numerical Recipes 6.2: the series below a + 1, the continued fraction above.
    """
    result = np.zeros_like(x)
    some = x > 0
    low, high = some & (x < a + 1), some & (x >= a + 1)
    scale = np.zeros_like(x)
    scale[some] = a[some] * np.log(x[some]) - x[some] - log_gamma(a[some])
    result[low] = _series(a[low], x[low]) * np.exp(scale[low])
    result[high] = 1 - _fraction_gamma(a[high], x[high]) * np.exp(scale[high])
    return np.clip(result, 0.0, 1.0)


def incomplete_beta(a: Floats, b: Floats, x: Floats) -> Floats:
    """Regularised incomplete beta I_x(a, b) of each row, a and b > 0, 0 <= x <= 1.

    Source: Numerical Recipes 6.4: Lentz's continued fraction, on the side where it converges fast.
    """
    result = np.where(x >= 1, 1.0, 0.0)
    inside = (x > 0) & (x < 1)
    near = inside & (x < (a + 1) / (a + b + 2))
    far = inside & ~near
    result[near] = _beta_side(a[near], b[near], x[near])
    result[far] = 1 - _beta_side(b[far], a[far], 1 - x[far])
    return np.clip(result, 0.0, 1.0)


def _beta_side(a: Floats, b: Floats, x: Floats) -> Floats:
    log_front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * np.log(x) + b * np.log1p(-x)
    return np.exp(log_front) * _fraction_beta(a, b, x) / a


def _series(a: Floats, x: Floats) -> Floats:
    term = 1 / a
    total, at, active = term.copy(), a.copy(), np.ones(len(a), np.bool_)
    for _ in range(_ROUNDS):
        if not active.any():
            return total
        at += 1
        term = np.where(active, term * x / at, 0.0)
        total += term
        active &= term > total * _EPSILON
    raise _endless("incomplete gamma")


def _fraction_gamma(a: Floats, x: Floats) -> Floats:
    b = x + 1 - a
    c, d = np.full_like(x, 1 / _TINY), 1 / _away(b)
    result, active = d.copy(), np.ones(len(a), np.bool_)
    for n in range(1, _ROUNDS):
        if not active.any():
            return result
        step = -n * (n - a)
        b = b + 2
        d = 1 / _away(step * d + b)
        c = _away(b + step / c)
        result = _times(result, d * c, active)
    raise _endless("incomplete gamma")


def _fraction_beta(a: Floats, b: Floats, x: Floats) -> Floats:
    c = np.ones_like(x)
    d = 1 / _away(1 - (a + b) * x / (a + 1))
    result, active = d.copy(), np.ones(len(a), np.bool_)
    for m in range(1, _ROUNDS):
        if not active.any():
            return result
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away(1 + even * d)
        c = _away(1 + even / c)
        result = np.where(active, result * d * c, result)
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / _away(1 + odd * d)
        c = _away(1 + odd / c)
        result = _times(result, d * c, active)
    raise _endless("incomplete beta")


def _times(result: Floats, factor: Floats, active: Flags) -> Floats:
    """Multiply the rows that still move, and mark those that have come to rest."""
    moved = np.where(active, result * factor, result)
    active &= np.abs(factor - 1) > _EPSILON
    return moved


def _away(x: Floats) -> Floats:
    """Keep a denominator from being zero, as Lentz's method asks."""
    return np.where(np.abs(x) < _TINY, _TINY, x)


def _endless(what: str) -> Broken:
    return Broken(f"{what}: no convergence within {_ROUNDS} rounds; a count is beyond what was foreseen")
