"""Turn columns of texts into how unlike or like they are, pair by pair."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.distance.edit_kernel import best_likenesses, edit_distances, likenesses
from skywarden.detectors.text.arrow import text_buffers


def edit_distance(first: pa.StringArray, second: pa.StringArray) -> npt.NDArray[np.int64]:
    """Letters to insert, delete or replace. Shape: two arrays of one length, or one of a single text."""
    out = np.empty(max(len(first), len(second)), np.int64)
    edit_distances(*text_buffers(first), _step(first, out), *text_buffers(second), _step(second, out), out)
    return out


def likeness(first: pa.StringArray, second: pa.StringArray) -> npt.NDArray[np.float64]:
    """Jaro-Winkler likeness, 0 to 1. Shape: two arrays of one length, or one of a single text."""
    out = np.empty(max(len(first), len(second)), np.float64)
    likenesses(*text_buffers(first), _step(first, out), *text_buffers(second), _step(second, out), out)
    return out


def best_likeness(texts: pa.StringArray, names: pa.StringArray) -> npt.NDArray[np.float64]:
    """Likeness of each text to the name that is most like it."""
    out = np.empty(len(texts), np.float64)
    best_likenesses(*text_buffers(texts), *text_buffers(names), out)
    return out


def _step(array: pa.StringArray, out: npt.NDArray[np.generic]) -> int:
    return 0 if len(array) == 1 and len(out) != 1 else 1
