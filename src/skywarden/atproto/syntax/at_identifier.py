"""Tell account identifiers, which are DIDs or handles, from other text."""

from typing import Final

from skywarden.atproto.syntax.did import DID_PATTERN, is_did
from skywarden.atproto.syntax.handle import HANDLE_PATTERN, is_handle

AT_IDENTIFIER_PATTERN: Final = rf"(?:{DID_PATTERN}|(?!did:)(?=[^/]{{1,253}}(?:/|\Z)){HANDLE_PATTERN})"
"""Of a whole text or of what stands before a slash."""


def is_at_identifier(text: str) -> bool:
    """Tell whether this is a DID or a handle."""
    return is_did(text) if text.startswith("did:") else is_handle(text)
