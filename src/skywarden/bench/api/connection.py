"""Send prepared HTTP/1.1 requests over one kept connection, cheaply, so that the load is not what is measured."""

import asyncio

from skywarden.kernel.errors import Broken

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._awaited: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> "Connection":
        """Connect."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Give the answer's status and body. Raises: Broken, when the server hangs up."""
        assert self._transport is not None
        self._awaited = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._awaited

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(Broken(f"bench api: the server hung up: {error}"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_END)
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        whole = end + len(_END) + length
        if len(self._buffer) < whole:
            return
        body, self._buffer = bytes(self._buffer[end + len(_END) : whole]), self._buffer[whole:]
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result((int(head[9:12]), body))
