"""Tell handles (domain names) from other text."""

import re
from typing import Final

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Handle

MAX_HANDLE_CHARS: Final = 253
HANDLE_PATTERN: Final = r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = re.compile(HANDLE_PATTERN)
_RESERVED_ENDS = (".alt", ".arpa", ".example", ".internal", ".invalid", ".local", ".localhost", ".onion")
_TEST_END = ".test"


def is_handle(text: str) -> bool:
    """Tell whether this is a handle by its form."""
    return len(text) <= MAX_HANDLE_CHARS and _HANDLE.fullmatch(text) is not None


def parse_handle(text: str) -> Handle:
    """Take a handle, in lower case. Raises: Rejected (`handle-syntax`)."""
    if not is_handle(text):
        raise Rejected("handle-syntax", expected="a domain name of at least two labels", found=repr(text[:80]))
    return Handle(text.lower())


def is_resolvable(handle: str, *, allow_test: bool = False) -> bool:
    """Tell whether a handle's top-level domain may be looked up; `.test` is for development only."""
    lowered = handle.lower()
    return not lowered.endswith(_RESERVED_ENDS) and (allow_test or not lowered.endswith(_TEST_END))
