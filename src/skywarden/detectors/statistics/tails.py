"""Turn observed counts and what was to be expected into the probability of so much by chance."""

import numpy as np

from skywarden.detectors.statistics.special import Floats, incomplete_beta, log_gamma, lower_gamma


def upper_tail(observed: Floats, mean: Floats, variance: Floats) -> Floats:
    """P(X >= observed) of each row: negative binomial where the variance is above the mean, else Poisson.

    Shape:  r = mean^2 / (variance - mean); a row whose mean is 0 has X = 0 for certain.
    Source: the moment estimate of the negative binomial; both tails as incomplete functions.
    """
    result = np.where(observed <= 0, 1.0, 0.0)
    open_ = (observed > 0) & (mean > 0)
    # Below this the two agree to more digits than the shape r, which runs off to infinity, can be computed with.
    spread = open_ & (variance > mean * (1 + 1e-9))
    plain = open_ & ~spread
    result[plain] = lower_gamma(observed[plain], mean[plain])
    shape = mean[spread] ** 2 / (variance[spread] - mean[spread])
    failure = 1 - mean[spread] / variance[spread]
    result[spread] = incomplete_beta(observed[spread], shape, failure)
    return result


def beta_fit(successes: Floats, trials: Floats) -> tuple[float, float]:
    """Fit the beta distribution behind shares of different numbers of trials; return alpha and beta.

    Shape:  at least one row, trials above 0. Rows count by the root of their trials. Shares that vary less than chance
            alone, or more than any beta does, get the bounds of the correlation, so that the tail stays defined.
    Source: moments of the beta-binomial: Var(share) = m (1 - m) (1 / n + rho (1 - 1 / n)), alpha + beta = 1 / rho - 1.
    """
    share, weight = successes / trials, np.sqrt(trials)
    mean = float(np.clip(np.average(share, weights=weight), 1e-3, 1 - 1e-3))
    chance = mean * (1 - mean)
    beyond = float(np.sum(weight * ((share - mean) ** 2 - chance / trials)))
    room = float(np.sum(weight * chance * (1 - 1 / trials)))
    rho = min(max(beyond / room if room > 0 else _LEAST_RHO, _LEAST_RHO), _MOST_RHO)
    size = 1 / rho - 1
    return mean * size, (1 - mean) * size


_LEAST_RHO, _MOST_RHO = 0.001, 0.5


def beta_binomial_lower(successes: int, trials: int, alpha: float, beta: float) -> float:
    """P(X <= successes) where X counts successes of `trials` whose chance is drawn from a beta distribution."""
    if successes >= trials:
        return 1.0
    x = np.arange(successes + 1, dtype=np.float64)
    n = float(trials)
    logs = (
        _log_choose(n, x)
        + log_gamma(x + alpha)
        + log_gamma(n - x + beta)
        + float(log_gamma(np.array([alpha + beta]))[0])
        - float(log_gamma(np.array([n + alpha + beta]))[0])
        - float(log_gamma(np.array([alpha]))[0])
        - float(log_gamma(np.array([beta]))[0])
    )
    most = float(logs.max())
    return float(min(1.0, np.exp(logs - most).sum() * np.exp(most)))


def _log_choose(n: float, k: Floats) -> Floats:
    return log_gamma(np.full_like(k, n + 1)) - log_gamma(k + 1) - log_gamma(n - k + 1)
