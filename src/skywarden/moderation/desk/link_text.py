"""Tell URLs and domains that a rule for links can be about from other text."""

import ipaddress
import re
from urllib.parse import urlsplit

from skywarden.kernel.errors import Rejected

URL_CHARACTERS = 8_192
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}\.?")
_SCHEMES = frozenset({"http", "https"})


def require_link(text: str, pattern: str) -> None:
    """Take a URL, or for the pattern "domain" also a bare host, as others wrote it: what is looked up later is the
    same text. Raises: Rejected InvalidUrl."""
    bare = pattern == "domain" and "://" not in text
    url = f"https://{text}" if bare else text
    if not _is_web_url(url) or (bare and any(mark in text for mark in "/?#@")):
        expected = "a domain, or an http or https URL" if pattern == "domain" else "an http or https URL"
        raise Rejected("InvalidUrl", place="url", expected=expected, found=repr(text[:200]))


def _is_web_url(text: str) -> bool:
    if len(text) > URL_CHARACTERS or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and (_HOST.fullmatch(host) is not None or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
