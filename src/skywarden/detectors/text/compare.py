"""Turn columns of texts into which of them are the same, and how long they are."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.text.arrow import text_buffers
from skywarden.detectors.text.compare_kernel import count_characters, same_texts


def equal_texts(left: pa.StringArray, right: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Which texts are the same in both columns; where one is null it means nothing. Shape: both as long."""
    same = np.empty(len(left), np.bool_)
    same_texts(*text_buffers(left), *text_buffers(right), same)
    return same


def character_counts(array: pa.StringArray) -> npt.NDArray[np.int64]:
    """How many characters (code points) each text has; what stands for a null means nothing."""
    counts = np.empty(len(array), np.int64)
    count_characters(*text_buffers(array), counts)
    return counts
