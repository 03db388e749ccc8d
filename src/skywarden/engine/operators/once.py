"""Turn a column of texts into what a function of one text says of each: once a different text."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa

_FEW = 16
"""Finding out which texts differ costs as much as most functions of so many texts."""


def once_a_text(function: Callable[..., Any], array: pa.StringArray, kind: pa.DataType) -> pa.Array:
    """Call `function` once a different text, or for each of a few; null stays null, and None becomes null."""
    if len(array) <= _FEW:
        return pa.array([None if entry is None else function(entry) for entry in array.to_pylist()], kind)
    coded = array.dictionary_encode()
    return pa.array([function(entry) for entry in coded.dictionary.to_pylist()], kind).take(coded.indices)
