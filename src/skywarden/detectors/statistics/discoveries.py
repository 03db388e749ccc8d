"""Turn many p-values into q-values, so that a fixed share of what is flagged is false."""

import numpy as np

from skywarden.detectors.statistics.special import Floats


def q_values(p: Floats) -> Floats:
    """The least false discovery rate at which each row would be flagged.

    Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", JRSS B 57, 1995.
    """
    count = len(p)
    if count == 0:
        return p.copy()
    order = np.argsort(p, kind="stable")
    scaled = p[order] * count / np.arange(1, count + 1)
    falling = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty_like(p)
    result[order] = np.minimum(falling, 1.0)
    return result
