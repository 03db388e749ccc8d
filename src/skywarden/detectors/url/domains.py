"""Turn links into the domains that somebody registered, by the public suffix list."""

from collections.abc import Iterable
from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

_MAX_HOST = 253
_RESERVED = frozenset({"example", "test"})
"""Kept for examples and tests by RFC 2606: in no list, and written as addresses."""


@cache
def _suffixes() -> PublicSuffixList:
    """The list that the package ships; read at first use (about 0.1 s)."""
    return PublicSuffixList()


@lru_cache(maxsize=65_536)
def registrable_domain(host: str) -> str | None:
    """The part of a host that was registered, in ASCII: `www.example.co.uk` -> `example.co.uk`.

    None for addresses, single labels, bare public suffixes and what is no host name.
    """
    ascii_host = _ascii(host)
    if ascii_host is None or _is_address(ascii_host):
        return None
    found = _suffixes().privatesuffix(ascii_host)
    return found if isinstance(found, str) else None


@lru_cache(maxsize=65_536)
def has_public_suffix(host: str) -> bool:
    """The host ends in a suffix that the list knows; `node.js` and `file.txt` do not."""
    ascii_host = _ascii(host)
    if ascii_host is None:
        return False
    reserved = ascii_host.rpartition(".")[2] in _RESERVED
    return reserved or _suffixes().privatesuffix(ascii_host, accept_unknown=False) is not None


def link_domains(links: Iterable[str]) -> list[str]:
    """Registrable domains of links, in their order, each once."""
    found = dict.fromkeys(map(link_domain, links))
    found.pop(None, None)
    return list(found)  # type: ignore[arg-type]  # None was taken out


@lru_cache(maxsize=65_536)
def link_domain(link: str) -> str | None:
    """Registrable domain of one link. Links repeat: spam above all."""
    host = host_of(link)
    return registrable_domain(host) if host is not None else None


def host_of(link: str) -> str | None:
    """Host of a link, lower case; None where there is none or the link cannot be split."""
    try:
        host = urlsplit(link).hostname
    except ValueError:  # an unclosed bracket, a bad netloc
        return None
    return host or None


def _ascii(host: str) -> str | None:
    name = host.rstrip(".")
    if not name or len(name) > _MAX_HOST:
        return None
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def _is_address(host: str) -> bool:
    """No top-level domain ends in a digit; addresses in any notation do, or hold a colon."""
    last = host.rpartition(".")[2]
    return ":" in host or last[-1:].isdigit() or last.startswith("0x")
