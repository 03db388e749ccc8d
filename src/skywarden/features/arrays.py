"""Arrays as kernels are compiled for: of one type, one after another in memory, writable."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def plain(array: Array, kind: type[np.generic]) -> Array:
    """The same array, or a copy where it has to be one; asking first costs a tenth of `np.require`."""
    if array.dtype == kind and array.flags.carray:
        return array
    return np.require(array, kind, ["C", "W"])


def all_true(length: int) -> npt.NDArray[np.bool_]:
    """Flags that are all set; shared, so never to be written to."""
    global _true  # one array for all, as long as the longest asked for
    flags = _true  # another thread may replace it meanwhile
    if length > len(flags):
        flags = _true = np.ones(2 * length, dtype=np.bool_)
    return flags[:length]


_true: npt.NDArray[np.bool_] = np.ones(1 << 10, dtype=np.bool_)
