"""The string formats of lexicons as types: a field of such a type refuses every other text.

`did: DidText` in a struct is checked while it is decoded, and is a plain `str` afterwards.
"""

from typing import Annotated, Final

import msgspec

from skywarden.atproto.cid import CID_PATTERN
from skywarden.atproto.syntax.at_identifier import AT_IDENTIFIER_PATTERN
from skywarden.atproto.syntax.at_uri import AT_URI_PATTERN, MAX_AT_URI_CHARS
from skywarden.atproto.syntax.datetime import DATETIME_PATTERN, MAX_DATETIME_CHARS
from skywarden.atproto.syntax.did import DID_PATTERN, MAX_DID_CHARS
from skywarden.atproto.syntax.handle import HANDLE_PATTERN, MAX_HANDLE_CHARS
from skywarden.atproto.syntax.language import LANGUAGE_PATTERN
from skywarden.atproto.syntax.nsid import MAX_NSID_CHARS, NSID_PATTERN
from skywarden.atproto.syntax.uri import MAX_URI_CHARS, URI_PATTERN
from skywarden.atproto.syntax.whole import whole_pattern
from skywarden.kernel.ids import AtUri, Cid, Did, Nsid

_DID: Final = whole_pattern(DID_PATTERN, MAX_DID_CHARS)
_HANDLE: Final = whole_pattern(HANDLE_PATTERN, MAX_HANDLE_CHARS)
_EITHER: Final = whole_pattern(AT_IDENTIFIER_PATTERN, MAX_DID_CHARS)
_AT_URI: Final = whole_pattern(AT_URI_PATTERN, MAX_AT_URI_CHARS)
_CID: Final = whole_pattern(CID_PATTERN, 256)
_DATETIME: Final = whole_pattern(DATETIME_PATTERN, MAX_DATETIME_CHARS)
_NSID: Final = whole_pattern(NSID_PATTERN, MAX_NSID_CHARS)
_LANGUAGE: Final = whole_pattern(LANGUAGE_PATTERN, 128)
_URI: Final = whole_pattern(URI_PATTERN, MAX_URI_CHARS)

DidText = Annotated[Did, msgspec.Meta(pattern=_DID)]
HandleText = Annotated[str, msgspec.Meta(pattern=_HANDLE)]
AtIdentifierText = Annotated[str, msgspec.Meta(pattern=_EITHER)]
AtUriText = Annotated[AtUri, msgspec.Meta(pattern=_AT_URI)]
CidText = Annotated[Cid, msgspec.Meta(pattern=_CID)]
DatetimeText = Annotated[str, msgspec.Meta(pattern=_DATETIME)]
NsidText = Annotated[Nsid, msgspec.Meta(pattern=_NSID)]
LanguageText = Annotated[str, msgspec.Meta(pattern=_LANGUAGE)]
UriText = Annotated[str, msgspec.Meta(pattern=_URI)]

FORMAT_OF: Final = {
    _DID: "did",
    _HANDLE: "handle",
    _EITHER: "at-identifier",
    _AT_URI: "at-uri",
    _CID: "cid",
    _DATETIME: "datetime",
    _NSID: "nsid",
    _LANGUAGE: "language",
    _URI: "uri",
}
"""The lexicon's name of each pattern."""

_WORDS = {f"`str` matching regex {pattern!r}": name for pattern, name in FORMAT_OF.items()}


def say_format(message: str) -> str:
    """Put the format's name in place of its pattern in a message of msgspec."""
    for words, name in _WORDS.items():
        message = message.replace(words, f"the format {name}")
    return message
