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
from skywarden.kernel.ids import AtUri, Cid, Did, Nsid


def _whole(pattern: str, length: int) -> str:
    return rf"\A(?=.{{1,{length}}}\Z)(?:{pattern})\Z"


_DID: Final = _whole(DID_PATTERN, MAX_DID_CHARS)
_HANDLE: Final = _whole(HANDLE_PATTERN, MAX_HANDLE_CHARS)
_EITHER: Final = _whole(AT_IDENTIFIER_PATTERN, MAX_DID_CHARS)
_AT_URI: Final = _whole(AT_URI_PATTERN, MAX_AT_URI_CHARS)
_CID: Final = _whole(CID_PATTERN, 256)
_DATETIME: Final = _whole(DATETIME_PATTERN, MAX_DATETIME_CHARS)
_NSID: Final = _whole(NSID_PATTERN, MAX_NSID_CHARS)
_LANGUAGE: Final = _whole(LANGUAGE_PATTERN, 128)
_URI: Final = _whole(URI_PATTERN, MAX_URI_CHARS)

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
