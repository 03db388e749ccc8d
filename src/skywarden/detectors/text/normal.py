"""Turn a text into normal forms: one spelling for every way of writing the same characters."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]+"
)
"""Characters that Unicode says to ignore when shown (Default_Ignorable_Code_Point), and bidi controls."""
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Compatibility form, case folded, without invisible characters, spaces collapsed.

    Shape: any text -> a text; doing it twice changes nothing.
    Source: UAX 15 (NFKC), UTS 39 (ignorables).
    """
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    clean = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    clean = unicodedata.normalize("NFKC", _INVISIBLE.sub("", clean).casefold())
    return _SPACES.sub(" ", clean).strip()
