"""Write tokens by hand, good ones and bad ones."""

import base64

from skywarden.atproto.keys import PrivateKey


def part(data: bytes) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(key: PrivateKey, header: str, claims: str) -> str:
    """A token with whatever header and claims, signed."""
    text = f"{part(header.encode())}.{part(claims.encode())}"
    return f"{text}.{part(key.sign(text.encode()))}"
