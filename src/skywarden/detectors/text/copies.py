"""Turn a text into a key that its copies share."""

import re
from functools import cache

import numpy as np
import pyarrow as pa

from skywarden.detectors.text.arrow import Bytes, known_text_array
from skywarden.detectors.text.bytes_kernel import SLACK
from skywarden.detectors.text.copies_kernel import LETTER, PART, WORD, copy_keys
from skywarden.detectors.text.normal import normal_buffers, normalise

MIN_LETTERS = 12
"""Shorter texts ("thank you!") are the same by chance."""
_VARIABLE = re.compile(r"(?:https?://|www\.)\S+|[@#]\S+|\b[\w-]+(?:\.[\w-]+)+(?:/\S*)?")
_NOT_LETTER = re.compile(r"[\W\d_]+")
_CHARACTERS = 0x110000
_WORDS_BELOW = 0x40000
"""No character from here on is of a word."""


def same_text_key(text: str) -> str | None:
    """The words of a text without links, mentions, hashtags, digits, case and spacing; None when too short.

    Shape: any text -> words joined by one space, or None below `MIN_LETTERS` letters.
    """
    words = _NOT_LETTER.sub(" ", _VARIABLE.sub(" ", normalise(text))).strip()
    return words if len(words) - words.count(" ") >= MIN_LETTERS else None


def same_text_keys(array: pa.StringArray) -> pa.StringArray:
    """Find the keys of a column, as `same_text_key` does of one text; null stays null."""
    data, offsets = normal_buffers(array)
    out = np.empty(int(offsets[-1]) + SLACK, np.uint8)
    ends, known = np.zeros(len(offsets), np.int32), np.zeros(len(array), np.bool_)
    copy_keys(data, offsets, _kinds(), MIN_LETTERS, out, ends, known)
    if array.null_count:
        known &= array.is_valid().to_numpy(zero_copy_only=False)
    return known_text_array(out, ends, known)


@cache
def _kinds() -> Bytes:
    """What `copy_keys` asks of each character."""
    every = "".join(map(chr, range(_WORDS_BELOW)))
    kinds = np.zeros(_CHARACTERS, np.uint8)
    for pattern, flag in ((r"[\w-]+", PART), (r"\w+", WORD), (r"[^\W\d_]+", LETTER)):
        for run in re.finditer(pattern, every):
            kinds[run.start() : run.end()] |= flag
    return kinds
