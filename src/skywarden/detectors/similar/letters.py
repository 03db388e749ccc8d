"""Turn the Unicode character database into one table: what a character counts as, and the letter it is folded to.

Only upper and lower case, accents and compatibility forms (wide, mathematical) are folded. Look-alikes of other scripts
are not: `similar(skeleton(post.text), ...)` does that.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

BREAK, LETTER, UNSPACED, NOTHING = range(4)
"""Ends a word; belongs to a word; is of a script that puts no spaces between words; is as if it were not there."""

KIND_SHIFT = 24
CODE_POINTS = 0x20000
"""Beyond stand ideographs, and then nothing that belongs to a word."""

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x109F),  # Tibetan, Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7A3),  # Hangul has spaces, but its words change their endings
    (0xF900, 0xFAFF),
)
_APOSTROPHES = frozenset("'\u2019\u02bc")


@cache
def letter_table() -> npt.NDArray[np.uint32]:
    """One entry a code point: its kind, shifted by `KIND_SHIFT`, and the code point that it is folded to."""
    return np.array([_entry(chr(code)) for code in range(CODE_POINTS)], np.uint32)


def _entry(letter: str) -> int:
    category = unicodedata.category(letter)
    if letter in _APOSTROPHES or category[0] == "M" or category == "Cf":
        return NOTHING << KIND_SHIFT
    if category[0] != "L" and letter != "\u3007":
        return BREAK << KIND_SHIFT
    folded = _folded(letter)
    kind = UNSPACED if any(first <= folded <= last for first, last in _UNSPACED) else LETTER
    return kind << KIND_SHIFT | folded


def _folded(letter: str) -> int:
    """The first letter of its compatibility decomposition, in lower case."""
    if letter.isascii() or "\u3400" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3":
        return ord(letter.lower())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    return ord(next((part for part in plain if part.isalpha()), letter))
