"""Subscribe to a label stream at next to no cost, so that the server is measured: messages are counted, not read."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATH = "/xrpc/com.atproto.label.subscribeLabels"
_SHORT, _MEDIUM, _LONG = 126, 126, 127


@dataclass(slots=True)
class CountingSubscriber(asyncio.Protocol):
    """One connection; `arrivals` holds, for each chunk, when it came and how many labels had come with it."""

    cursor: int | None
    host: str
    labels: int = 0
    wanted: int = 0
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    transport: asyncio.Transport | None = None
    _pending: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        query = "" if self.cursor is None else f"?cursor={self.cursor}"
        lines = [
            f"GET {PATH}{query} HTTP/1.1",
            f"Host: {self.host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
        ]
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """Count the messages that are whole."""
        data = self._pending + data
        if not self.ready.is_set():
            answer, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._pending = answer
                return
            self.ready.set()
        place, count = 0, 0
        while (end_of := _message_end(data, place)) is not None and end_of <= len(data):
            place, count = end_of, count + 1
        self._pending = data[place:]
        if count:
            self.labels += count
            self.arrivals.append((asyncio.get_running_loop().time(), self.labels))
            if self.labels >= self.wanted:
                self.enough.set()

    async def until(self, labels: int) -> None:
        """Wait until so many labels have come."""
        self.wanted = labels
        self.enough.clear()
        if self.labels < labels:
            await self.enough.wait()

    def waits(self, asked_s: Sequence[float]) -> list[float]:
        """Seconds that each label took that has come; they come in the order in which they were asked for."""
        waits: list[float] = []
        for arrived_s, upto in self.arrivals:
            waits += [arrived_s - asked for asked in asked_s[len(waits) : upto]]
        return waits

    def close(self) -> None:
        """Leave."""
        if self.transport is not None:
            self.transport.abort()


def _message_end(data: bytes, place: int) -> int | None:
    """Where the unmasked message at `place` ends; None while its head is not whole."""
    if len(data) < place + 2:
        return None
    size = data[place + 1]
    if size < _SHORT:
        return place + 2 + size
    width = 2 if size == _MEDIUM else 8
    if len(data) < place + 2 + width:
        return None
    return place + 2 + width + int.from_bytes(data[place + 2 : place + 2 + width])


async def subscribe(url: str, cursor: int | None = None) -> CountingSubscriber:
    """Connect and wait for the server's agreement."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), int(parts.port or 80)
    subscriber = CountingSubscriber(cursor, host)
    await asyncio.get_running_loop().create_connection(lambda: subscriber, host, port)
    await subscriber.ready.wait()
    return subscriber


async def stall(url: str) -> CountingSubscriber:
    """Subscribe from the first label on and never read another byte."""
    subscriber = await subscribe(url, cursor=0)
    assert subscriber.transport is not None
    subscriber.transport.pause_reading()
    return subscriber
