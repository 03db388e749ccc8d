"""Turn a handle or a display name into a key that its imitations share."""

import re
from functools import lru_cache

from skywarden.detectors.text.skeleton import skeleton

_TAILS = ("official", "support", "real", "backup", "help", "team", "admin", "the", "original")
_TAIL_KEYS = tuple(sorted((skeleton(tail) for tail in _TAILS), key=len, reverse=True))
_END_DIGITS = re.compile(r"\d+\Z")
MIN_LETTERS = 4
"""Shorter names ("ana", "max") are shared by many honest people."""


@lru_cache(maxsize=1 << 15)
def name_key(name: str) -> str | None:
    """The skeleton of a name, or of a handle's first label, without numbers and words like "official" around it.

    Shape: any text -> letters; None below `MIN_LETTERS` of them.
    """
    label = name.split(".", 1)[0] if " " not in name else name
    key = skeleton(_END_DIGITS.sub("", label))
    for tail in _TAIL_KEYS:
        if len(key) - len(tail) >= MIN_LETTERS:
            key = key.removesuffix(tail)
    return key if len(key) >= MIN_LETTERS else None
