"""Tell decentralised identifiers (DIDs) from other text, and read their method."""

import re
from typing import Final

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

MAX_DID_CHARS: Final = 2_048
DID_PATTERN: Final = r"did:(?:plc:[a-z2-7]{24}|[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-])"
_DID = re.compile(DID_PATTERN)
_PLC = re.compile(r"did:plc:[a-z2-7]{24}")


def is_did(text: str) -> bool:
    """Tell whether this is a DID of any method."""
    return len(text) <= MAX_DID_CHARS and _DID.fullmatch(text) is not None


def is_plc_did(text: str) -> bool:
    """Tell whether this is a DID of the method plc: 24 characters of base32."""
    return _PLC.fullmatch(text) is not None


def parse_did(text: str) -> Did:
    """Take a DID of any method. Raises: Rejected (`did-syntax`)."""
    if not is_did(text):
        raise Rejected("did-syntax", expected="did:method:id", found=repr(text[:80]))
    return Did(text)


def did_method(did: str) -> str:
    """Give a DID's method, such as "plc"."""
    return did.split(":", 2)[1]
