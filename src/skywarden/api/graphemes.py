"""Count the characters that people see, near enough to UAX #29 for a length limit."""

import unicodedata

_ZERO_WIDTH_JOINER = "\u200d"
_REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_HANGUL_VOWELS_AND_TAILS = range(0x1160, 0x1200)
_TAGS = range(0xE0020, 0xE0080)


def count_graphemes(text: str) -> int:
    """Count user-perceived characters.

    Shape:  combining marks, variation selectors, joined emoji, flags and conjoining Hangul count with what they follow.
    Source: Unicode Standard Annex #29, the extended rules; rare scripts' prepended marks are counted singly.
    """
    count, previous, flags = 0, "", 0
    for char in text:
        regional = ord(char) in _REGIONAL_INDICATORS
        joins = _extends(char) or previous == _ZERO_WIDTH_JOINER or (regional and flags % 2 == 1)
        if not (joins and previous) and not (previous == "\r" and char == "\n"):
            count += 1
        flags = flags + 1 if regional else 0
        previous = char
    return count


def _extends(char: str) -> bool:
    code = ord(char)
    if code < 0x300:
        return False
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char == _ZERO_WIDTH_JOINER
        or code in _SKIN_TONES
        or code in _HANGUL_VOWELS_AND_TAILS
        or code in _TAGS
    )
