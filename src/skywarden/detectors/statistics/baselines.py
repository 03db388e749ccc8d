"""Turn sparse counts into a calendar without holes, and its past into what was to be expected."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skywarden.detectors.statistics.special import Floats

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What to expect of each key. `history` counts the periods since the key was first seen, the current one not."""

    mean: Floats
    variance: Floats
    median: Floats
    history: Ints


def calendar(keys: Ints, periods: Ints, counts: Ints, shape: tuple[int, int]) -> Ints:
    """Rows (key, period, count) -> a table of keys by periods with zeros where nothing was counted.

    Shape: rows of the same cell add up; numbers of keys and periods are below `shape`.
    """
    table = np.zeros(shape, np.int64)
    np.add.at(table, (keys, periods), counts)
    return table


def baseline(table: Ints, at: int, most: int) -> Baseline:
    """Describe the `most` periods before column `at`, which is itself left out, as all those before it that are absent.

    Shape: mean, variance and median are over the whole stretch, zeros included; without any past they are 0.
    """
    past = table[:, max(at - most, 0) : at]
    if past.shape[1] == 0:
        nothing = np.zeros(len(table))
        return Baseline(nothing, nothing.copy(), nothing.copy(), np.zeros(len(table), np.int64))
    seen = past > 0
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), past.shape[1])
    return Baseline(
        mean=past.mean(axis=1),
        variance=past.var(axis=1),
        median=np.median(past, axis=1).astype(np.float64),
        history=(past.shape[1] - first).astype(np.int64),
    )


def or_population(own: Floats, history: Ints, least: int, population: float) -> Floats:
    """What each key has of its own where it has `least` periods of history, else what the population has."""
    return np.where(history >= least, own, population)
