"""Take addresses apart: links and bare hosts, at-uris, record keys; find addresses in running text."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from skywarden.atproto.tid import is_tid, tid_micros
from skywarden.detectors.url.domains import has_public_suffix, host_of, link_domains, registrable_domain

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BARE_HOST = re.compile(r"[^\s/:?#@]+\.[^\s/:?#@]+\Z")
_AT_URI = re.compile(r"at://(did:[a-z]+:[^/\s]+)(?:/([^/\s]+)(?:/([^/\s]+))?)?\Z")
_LINK = re.compile(
    r"\bhttps?://[^\s<>\"'`]+|(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}\b(?:/[^\s<>\"'`]*)?",
    re.IGNORECASE,
)
_TAIL = ".,;:!?)]}…\u2019\u201d"
_MAX_LINKS = 100


def host(text: str) -> str | None:
    """Host of a link, or the text itself where it is a host, lower case."""
    if _SCHEME.match(text):
        return host_of(text)
    return text.lower() if _BARE_HOST.match(text) else None


def domain(text: str) -> str | None:
    """Registrable domain of a link or a host."""
    found = host(text)
    return None if found is None else registrable_domain(found)


def suffix(text: str) -> str | None:
    """What of the host nobody can register: com, co.uk."""
    found = domain(text)
    return None if found is None else found.split(".", 1)[1]


def subdomain(text: str) -> str | None:
    """What stands before the registrable domain; the empty text where nothing does."""
    found, registered = host(text), domain(text)
    if found is None or registered is None or not found.rstrip(".").endswith(registered):
        return None
    return found.rstrip(".")[: -len(registered)].rstrip(".")


def path(link: str) -> str | None:
    """Path of a link, percent signs decoded; the empty text where it has none."""
    try:
        return unquote(urlsplit(link).path) if _SCHEME.match(link) else None
    except ValueError:
        return None


def query_value(link: str, name: str) -> str | None:
    """The first value of a name in a link's query."""
    try:
        pairs = parse_qsl(urlsplit(link).query, keep_blank_values=True, max_num_fields=_MAX_LINKS)
    except ValueError:
        return None
    return next((value for key, value in pairs if key == name), None)


def links_in(text: str) -> list[str]:
    """Addresses that stand in a text, with or without https://, in their order, each once; a hundred at most."""
    if "." not in text:
        return []
    found = dict.fromkeys(match.group(0).rstrip(_TAIL) for match in _LINK.finditer(text))
    return [link for link in found if _is_address(link)][:_MAX_LINKS]


def _is_address(link: str) -> bool:
    """Words joined by a dot are an address only where their end is a public suffix."""
    if _SCHEME.match(link):
        return domain(link) is not None
    return has_public_suffix(link.split("/", 1)[0].lower())


def domains_in(text: str) -> list[str]:
    """Registrable domains of the addresses in a text, each once."""
    return link_domains(link if _SCHEME.match(link) else f"https://{link}" for link in links_in(text))


def did_of(uri: str) -> str | None:
    """The account of an at-uri; None where it goes by handle."""
    match = _AT_URI.match(uri)
    return match.group(1) if match else None


def collection_of(uri: str) -> str | None:
    """The collection of an at-uri."""
    match = _AT_URI.match(uri)
    return match.group(2) if match else None


def rkey_of(uri: str) -> str | None:
    """The record key of an at-uri."""
    match = _AT_URI.match(uri)
    return match.group(3) if match else None


def did_method(did: str) -> str | None:
    """plc, web, ..."""
    parts = did.split(":", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "did" else None


def key_time(rkey: str) -> int | None:
    """The moment that a record key claims, in microseconds; None where it is no TID."""
    return int(tid_micros(rkey)) if is_tid(rkey) else None
