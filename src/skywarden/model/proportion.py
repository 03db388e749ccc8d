"""Turn how many of how many into a share with its 95% interval."""

from dataclasses import dataclass
from math import sqrt

_Z95 = 1.959963984540054
"""The normal distribution has 95% of its weight within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`yes` of `asked`; the interval is the whole range from 0 to 1 when nobody was asked."""

    yes: int
    asked: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """None when nobody was asked."""
        return self.yes / self.asked if self.asked else None


def wilson(yes: int, asked: int) -> Proportion:
    """The share of a sample with the interval that holds the true share with 95% probability.

    Source: E. B. Wilson, "Probable Inference", Journal of the American Statistical Association 22, 1927.
    """
    if not asked:
        return Proportion(yes, asked, 0.0, 1.0)
    share, spread = yes / asked, _Z95**2 / asked
    middle = share + spread / 2
    half = _Z95 * sqrt(share * (1 - share) / asked + spread / (4 * asked))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return Proportion(yes, asked, max(low, 0.0) if yes else 0.0, min(high, 1.0) if yes < asked else 1.0)
