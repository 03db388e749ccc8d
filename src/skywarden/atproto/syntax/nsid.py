"""Tell namespaced identifiers (NSIDs), such as app.bsky.feed.post, from other text."""

import re
from typing import Final

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Nsid

MAX_NSID_CHARS: Final = 317
_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
NSID_PATTERN: Final = rf"[a-zA-Z]([a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}"
_NSID = re.compile(NSID_PATTERN)


def is_nsid(text: str) -> bool:
    """Tell whether this is an NSID: a reversed domain and a name."""
    return len(text) <= MAX_NSID_CHARS and _NSID.fullmatch(text) is not None


def parse_nsid(text: str) -> Nsid:
    """Take an NSID. Raises: Rejected (`nsid-syntax`)."""
    if not is_nsid(text):
        raise Rejected("nsid-syntax", expected="a name such as app.bsky.feed.post", found=repr(text[:80]))
    return Nsid(text)
