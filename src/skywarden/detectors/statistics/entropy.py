"""Turn histograms into how evenly they are filled: 0 for one bin, 1 for all alike."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

GAP_EDGES_S = (60, 300, 900, 3_600, 14_400, 86_400)
"""Between two posts: within a minute, five, a quarter, an hour, four, a day, more."""

Counts = npt.NDArray[np.int64]


def miller_madow(counts: Counts) -> npt.NDArray[np.float64]:
    """Entropy in bits of each row of counts, corrected for how few they are; a row without counts has 0.

    Shape:  (rows, bins) -> (rows,).
    Source: Miller, "Note on the bias of information estimates", 1955: H + (K - 1) / (2 N ln 2), K bins in use.
    """
    total = counts.sum(axis=1)
    share = counts / np.maximum(total, 1)[:, None]
    logs = np.zeros_like(share)
    np.log2(share, out=logs, where=share > 0)
    plain = -(share * logs).sum(axis=1)
    used = (counts > 0).sum(axis=1)
    correction = np.maximum(used - 1, 0) / (2 * np.maximum(total, 1) * math.log(2))
    return np.asarray(plain + correction, dtype=np.float64)


def evenness(counts: Counts) -> npt.NDArray[np.float64]:
    """Corrected entropy of each row as a share of the most that so many counts in so many bins can have, 0 to 1."""
    total, bins = counts.sum(axis=1), counts.shape[1]
    most = np.log2(np.maximum(np.minimum(total, bins), 2))
    return np.asarray(np.clip(miller_madow(counts) / most, 0.0, 1.0), np.float64)


def gap_histogram(gaps_s: npt.NDArray[np.float64], edges_s: Sequence[float] = GAP_EDGES_S) -> Counts:
    """Count gaps by the classes between the edges; a gap at an edge is in the upper. Shape: -> (len(edges) + 1,)."""
    place = np.searchsorted(np.asarray(edges_s, dtype=np.float64), gaps_s, side="right")
    return np.bincount(place, minlength=len(edges_s) + 1).astype(np.int64)


def variation(values: npt.NDArray[np.float64]) -> float:
    """Coefficient of variation: standard deviation by mean; 0 for no values or a mean of 0."""
    mean = float(values.mean()) if len(values) else 0.0
    return float(values.std()) / mean if mean > 0 else 0.0
