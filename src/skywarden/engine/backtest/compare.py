"""Compare where two rules, or two versions of one, were true."""

from dataclasses import dataclass

import numpy as np

from skywarden.engine.backtest.hits import Ints


@dataclass(frozen=True, slots=True)
class Overlap:
    """Events on which one, the other, or both were true."""

    own: int
    other: int
    both: int

    @property
    def of_own(self) -> float:
        """Share of the own hits that the other has too."""
        return self.both / self.own if self.own else 0.0

    @property
    def of_other(self) -> float:
        """Share of the other's hits that are own ones too."""
        return self.both / self.other if self.other else 0.0

    @property
    def jaccard(self) -> float:
        """Share of all events with a hit that have both."""
        either = self.own + self.other - self.both
        return self.both / either if either else 0.0


def overlap(own: Ints, other: Ints) -> Overlap:
    """Compare offsets, each once in either."""
    return Overlap(len(own), len(other), len(np.intersect1d(own, other, assume_unique=True)))


@dataclass(frozen=True, slots=True)
class Difference:
    """Offsets where only one of two was true, and how many have both."""

    only_own: Ints
    only_other: Ints
    both: int


def difference(own: Ints, other: Ints) -> Difference:
    """Compare offsets, each once in either."""
    only_own = np.setdiff1d(own, other, assume_unique=True)
    only_other = np.setdiff1d(other, own, assume_unique=True)
    return Difference(only_own, only_other, len(own) - len(only_own))
