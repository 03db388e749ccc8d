"""Tell URIs of any scheme from other text."""

import re
from typing import Final

MAX_URI_CHARS: Final = 8_192
URI_PATTERN: Final = r"[a-zA-Z][a-zA-Z0-9.+-]{0,80}:[^\s]+"
_URI = re.compile(URI_PATTERN)


def is_uri(text: str) -> bool:
    """Tell whether this has a scheme and something behind it, without white space."""
    return len(text) <= MAX_URI_CHARS and _URI.fullmatch(text) is not None
