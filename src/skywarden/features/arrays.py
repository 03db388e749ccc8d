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
