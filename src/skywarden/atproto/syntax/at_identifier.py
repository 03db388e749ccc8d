"""Tell account identifiers, which are DIDs or handles, from other text."""

from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.syntax.handle import is_handle


def is_at_identifier(text: str) -> bool:
    """Tell whether this is a DID or a handle."""
    return is_did(text) if text.startswith("did:") else is_handle(text)
