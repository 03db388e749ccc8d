"""Tell links whose words name another site than they go to."""

import re
from functools import lru_cache

from skywarden.detectors.url.domains import has_public_suffix, link_domain, registrable_domain

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/\s@]*@)?([^\s/:?#@]+\.[^\s/:?#@]{2,})(?::\d+)?(?:[/?#]\S*)?\Z", re.IGNORECASE
)


@lru_cache(maxsize=65_536)
def is_misleading(link: str, words: str) -> bool:
    """The words are themselves an address, and of another registrable domain than the link's.

    Words that are no address mislead nobody; nor does one whose host is cut off or ends in no public suffix.
    """
    named = _named_domain(words)
    goes_to = link_domain(link)
    return named is not None and goes_to is not None and named != goes_to


def _named_domain(words: str) -> str | None:
    match = _HOST.match(words.strip())
    if match is None:
        return None
    host = match.group(1).lower()
    return registrable_domain(host) if has_public_suffix(host) else None
