"""Say which DID signs: the configured one, or a did:web that stays the same once it was used."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did


def labeler_did(configured: str, public_url: str, remembered: Path) -> Did:
    """Choose the labeler's DID and remember it, so that a restart on another port signs as the same labeler.

    Raises: Rejected, when the configured DID is neither did:plc nor did:web.
    """
    if configured:
        if not configured.startswith(("did:plc:", "did:web:")):
            raise Rejected("bad setting", place="labeler.did", expected="a did:plc or did:web", found=configured)
        return Did(configured)
    if not remembered.exists():
        _remember(did_web_of(public_url), remembered)
    return Did(remembered.read_text(encoding="utf-8").strip())


def _remember(did: Did, path: Path) -> None:
    """Write the file whole or not at all: a kill between its creation and its content would leave an empty DID."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(did + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def did_web_of(url: str) -> Did:
    """Name the host of a URL as did:web; a port is spelled %3A (loopback development only)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host:
        raise Rejected("bad setting", place="server.public_url", expected="a URL with a host", found=url)
    # did:web forbids addresses and, but for localhost, ports; a public URL has neither.
    name = "localhost" if host in ("127.0.0.1", "::1") else host
    return Did(f"did:web:{name}%3A{parts.port}" if parts.port else f"did:web:{name}")
