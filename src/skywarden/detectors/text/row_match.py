"""Match one pattern row by row with RE2."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import re2

_FEW = 24
"""Up to so many rows a compiled pattern kept from before is quicker than Arrow, which compiles it each time."""


def matched(pattern: str, array: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Which texts the pattern is found in; what stands for a null means nothing."""
    if len(array) <= _FEW:
        found = _compiled(pattern)
        return np.array([text is not None and found.search(text) is not None for text in array.to_pylist()], np.bool_)
    flags = pc.match_substring_regex(array, pattern)
    filled = flags if flags.null_count == 0 else flags.fill_null(False)
    return np.asarray(filled.to_numpy(zero_copy_only=False))


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
