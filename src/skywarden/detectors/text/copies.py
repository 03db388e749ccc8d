"""Turn a text into a key that its copies share."""

import re

from skywarden.detectors.text.normal import normalise

MIN_LETTERS = 12
"""Shorter texts ("thank you!") are the same by chance."""
_VARIABLE = re.compile(r"(?:https?://|www\.)\S+|[@#]\S+|\b[\w-]+(?:\.[\w-]+)+(?:/\S*)?")
_NOT_LETTER = re.compile(r"[\W\d_]+")


def same_text_key(text: str) -> str | None:
    """The words of a text without links, mentions, hashtags, digits, case and spacing; None when too short.

    Shape: any text -> words joined by one space, or None below `MIN_LETTERS` letters.
    """
    words = _NOT_LETTER.sub(" ", _VARIABLE.sub(" ", normalise(text))).strip()
    return words if len(words) - words.count(" ") >= MIN_LETTERS else None
