"""Accounts that report: their keys, their tokens, and the directory that vouches for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from skywarden.atproto.jwt import make_service_jwt
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def did_of(number: int) -> Did:
    """Name account `number`."""
    letters = ""
    for _ in range(24):
        number, rest = divmod(number, 32)
        letters = _ALPHABET[rest] + letters
    return Did(f"did:plc:{letters}")


class People:
    """`count` accounts that all sign with one key, which is nobody's business but theirs."""

    def __init__(self, count: int) -> None:
        self.dids = [did_of(10_000_000 + number) for number in range(count)]
        self._key = PrivateKey.generate("k256")
        self._clock = SystemClock()

    def token(self, number: int, audience: str, nsid: str) -> str:
        """Make a token for one call."""
        return make_service_jwt(self._key, self.dids[number % len(self.dids)], audience, nsid, self._clock)

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[str]:
        """Serve their DID documents on loopback within the block; gives the URL."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = self._document(head.split(b" ", 2)[1].decode().lstrip("/").replace("%3A", ":"))
            writer.write(
                b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\n\r\n" % len(body) + body
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # it hung up; it will ask again
        finally:
            writer.close()

    def _document(self, did: str) -> bytes:
        method = {
            "id": f"{did}#atproto",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": self._key.public.multibase,
        }
        return msgspec.json.encode({"id": did, "alsoKnownAs": [], "verificationMethod": [method], "service": []})
