"""Tell which scripts a text is written in, and words that mix scripts to deceive the eye."""

import re
import unicodedata
from collections import Counter
from functools import cache

_WORD = re.compile(r"[^\W\d_]+")
_LETTER = re.compile(r"[A-Za-z]")
_KNOWN = """
Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu
Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Hangul Ethiopic Cherokee Canadian Ogham Runic Khmer
Mongolian Hiragana Katakana Bopomofo Yi Lisu Vai Coptic Gothic Glagolitic Tifinagh Nko Javanese Balinese Adlam Deseret
Han
"""
_SCRIPTS = frozenset(_KNOWN.split())
_NAMES = {"CJK": "Han", "KATAKANA-HIRAGANA": "Katakana", "HALFWIDTH": "Katakana", "FULLWIDTH": "Latin"}
_NAMES |= {"MATHEMATICAL": "Latin", "MICRO": "Greek"}
_ALIKE = frozenset({"Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu"})
"""Scripts with letters that pass for one another's; only a mix of these deceives."""


@cache
def script_of(letter: str) -> str | None:
    """The script of one letter by its Unicode name; None for what belongs to no script."""
    if not letter.isalpha():
        return None
    name = unicodedata.name(letter, "").split(" ", 1)[0]
    script = _NAMES.get(name, name.capitalize())
    return script if script in _SCRIPTS else None


def main_script(text: str) -> str | None:
    """The script of most letters, the first met of equals; None for a text without letters."""
    if text.isascii():
        return "Latin" if _LETTER.search(text) else None
    found = Counter(script for script in map(script_of, text) if script is not None)
    return found.most_common(1)[0][0] if found else None


def scripts(text: str) -> list[str]:
    """All scripts of a text, in the order in which they come."""
    return [script for script in dict.fromkeys(map(script_of, text)) if script is not None]


def has_mixed_word(text: str) -> bool:
    """A word of the text mixes scripts that look alike: paypal with a Cyrillic a."""
    if text.isascii():
        return False
    odd = (word for word in _WORD.findall(text) if not word.isascii())
    return any(len(_ALIKE.intersection(map(script_of, word))) > 1 for word in odd)
