"""Turn the seed into every private key of the network, so that none has to be stored."""

import hashlib
import hmac

from skywarden.atproto.keys import Curve, PrivateKey

_P256_EVERY = 6
"""Every sixth account signs with p256, the others with k256; real networks hold both."""


class KeyRing:
    """Signing keys by account index, rotation keys by host; made on first use and kept."""

    def __init__(self, seed: int) -> None:
        self._root = f"skywarden-simulator-{seed}".encode()
        self._signing: dict[int, PrivateKey] = {}
        self._rotation: dict[str, PrivateKey] = {}

    def _secret(self, name: str) -> bytes:
        return hmac.digest(self._root, name.encode(), hashlib.sha256)

    def signing(self, index: int) -> PrivateKey:
        """The key that signs the commits of this account."""
        if index not in self._signing:
            curve: Curve = "p256" if index % _P256_EVERY == 0 else "k256"
            self._signing[index] = PrivateKey.from_hex(self._secret(f"signing-{index}").hex(), curve)
        return self._signing[index]

    def rotation(self, host: str) -> PrivateKey:
        """The key with which a host changes its accounts' identities."""
        if host not in self._rotation:
            self._rotation[host] = PrivateKey.from_hex(self._secret(f"rotation-{host}").hex(), "k256")
        return self._rotation[host]
