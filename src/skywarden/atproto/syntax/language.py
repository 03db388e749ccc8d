"""Tell language tags (BCP 47) from other text."""

import re
from typing import Final

_GRANDFATHERED = (
    "en-GB-oed|i-ami|i-bnn|i-default|i-enochian|i-hak|i-klingon|i-lux|i-mingo|i-navajo|i-pwn|i-tao|i-tay|i-tsu|"
    "sgn-BE-FR|sgn-BE-NL|sgn-CH-DE|art-lojban|cel-gaulish|no-bok|no-nyn|zh-guoyu|zh-hakka|zh-min|zh-min-nan|zh-xiang"
)
LANGUAGE_PATTERN: Final = (
    r"(?:(?P<plain>(?:[a-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[a-z]{5,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*)"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?)"
    rf"|[xX](?:-[A-Za-z0-9]{{1,8}})+|{_GRANDFATHERED})"
)
_LANGUAGE = re.compile(LANGUAGE_PATTERN)
_MAX_LANGUAGE_CHARS = 128


def is_language(text: str) -> bool:
    """Tell whether this is a well-formed language tag, by form alone."""
    return len(text) <= _MAX_LANGUAGE_CHARS and _LANGUAGE.fullmatch(text) is not None


def is_valid_language(text: str) -> bool:
    """Tell whether this is a language tag that also repeats no variant and no extension (RFC 5646, 2.2.9)."""
    match = _LANGUAGE.fullmatch(text) if len(text) <= _MAX_LANGUAGE_CHARS else None
    if match is None:
        return False
    variants = (match["variants"] or "").lower().split("-")[1:]
    singletons = [part for part in (match["extensions"] or "").lower().split("-") if len(part) == 1]
    return len(set(variants)) == len(variants) and len(set(singletons)) == len(singletons)
