"""Turn at:// URIs into authority, collection and record key, and back."""

from dataclasses import dataclass
from typing import Final

from skywarden.atproto.syntax.at_identifier import AT_IDENTIFIER_PATTERN, is_at_identifier
from skywarden.atproto.syntax.nsid import MAX_NSID_CHARS, NSID_PATTERN, is_nsid
from skywarden.atproto.syntax.record_key import RECORD_KEY_PATTERN, is_record_key
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import AtUri, Nsid, RecordKey

MAX_AT_URI_CHARS: Final = 8_192
_SCHEME = "at://"
_COLLECTION = rf"(?=[^/]{{1,{MAX_NSID_CHARS}}}(?:/|\Z)){NSID_PATTERN}"
AT_URI_PATTERN: Final = rf"{_SCHEME}{AT_IDENTIFIER_PATTERN}(?:/{_COLLECTION}(?:/{RECORD_KEY_PATTERN})?)?"


@dataclass(frozen=True, slots=True)
class AtUriParts:
    """What an at:// URI names: an account (a DID or a handle), a collection of it, or a record."""

    authority: str
    collection: Nsid | None = None
    rkey: RecordKey | None = None

    def __str__(self) -> str:
        return _SCHEME + "/".join(part for part in (self.authority, self.collection, self.rkey) if part is not None)


def parse_at_uri(text: str) -> AtUriParts:
    """Take an at:// URI in the strict form that records use: no fragment, no query, no trailing slash.

    Raises: Rejected (`at-uri-syntax`).
    """
    parts = _parts(text)
    if parts is None:
        raise Rejected("at-uri-syntax", expected="at://did-or-handle[/collection[/rkey]]", found=repr(text[:120]))
    return parts


def is_at_uri(text: str) -> bool:
    """Tell whether this is an at:// URI in the strict form that records use."""
    return _parts(text) is not None


def at_uri(authority: str, collection: str, rkey: str) -> AtUri:
    """Write the URI of a record whose parts are known to be good."""
    return AtUri(f"{_SCHEME}{authority}/{collection}/{rkey}")


def _parts(text: str) -> AtUriParts | None:
    if len(text) > MAX_AT_URI_CHARS or not text.startswith(_SCHEME):
        return None
    authority, *path = text[len(_SCHEME) :].split("/")
    if len(path) > 2 or not is_at_identifier(authority):
        return None
    if path and not is_nsid(path[0]):
        return None
    if len(path) == 2 and not is_record_key(path[1]):
        return None
    collection = Nsid(path[0]) if path else None
    return AtUriParts(authority, collection, RecordKey(path[1]) if len(path) == 2 else None)
