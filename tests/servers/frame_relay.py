"""Serve a list of recorded messages as a relay would: by cursor, as far as the test has released them.

It runs in a thread of the test's process, so it outlives every kill of the platform. What it has sent and with which
cursors it was asked is open to the test.
"""

import asyncio
import http
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import libipld
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

SUBSCRIBE_REPOS = "/xrpc/com.atproto.sync.subscribeRepos"
JETSTREAM = "/subscribe"


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message and the cursor that stands for it; text for Jetstream, bytes for frames."""

    cursor: int
    data: bytes | str


@dataclass(slots=True)
class FrameRelay:
    """The relay as the test sees it. `inclusive`: a cursor gives its own message again, as the specification says."""

    messages: Sequence[StreamMessage]
    path: str = SUBSCRIBE_REPOS
    inclusive: bool = True
    port: int = 0
    asked: list[int | None] = field(default_factory=list)
    """The cursor of each connection, in order."""
    _limit: int = 0
    _sent: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _loop: asyncio.AbstractEventLoop | None = None
    _wakes: set[asyncio.Event] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def sent(self) -> int:
        """How many messages, counted from the first, have been given to some connection."""
        return self._sent

    def release(self, count: int) -> None:
        """Let the first `count` messages out; more than before, never fewer."""
        with self._changed:
            self._limit = max(self._limit, min(count, len(self.messages)))
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake_all)

    def wait_sent(self, count: int, timeout_s: float) -> bool:
        """Wait until the first `count` messages have been given to some connection; False when time is up."""
        with self._changed:
            return self._changed.wait_for(lambda: self._sent >= count, timeout_s)

    def wait_asked(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` connections have been made in all; False when time is up."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.asked) >= count, timeout_s)

    async def _serve(self, started: threading.Event, stopping: asyncio.Event) -> None:
        async with serve(self._talk, "127.0.0.1", 0, process_request=self._refuse, compression=None) as server:
            self._loop = asyncio.get_running_loop()
            self.port = next(iter(server.sockets)).getsockname()[1]
            started.set()
            await stopping.wait()

    def _refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        if urlsplit(request.path).path == self.path:
            return None
        return connection.respond(http.HTTPStatus.NOT_FOUND, "only the stream is served here\n")

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        asked = parse_qs(urlsplit(connection.request.path).query).get("cursor")
        cursor = None if asked is None else int(asked[0])
        with self._changed:
            self.asked.append(cursor)
            self._changed.notify_all()
        if cursor is not None and self.messages and cursor > self.messages[-1].cursor:
            await connection.send(_error_frame("FutureCursor", "the cursor is ahead of this stream"))
            return
        with suppress(ConnectionClosed):
            await self._send_from(connection, self._first(cursor))

    def _first(self, cursor: int | None) -> int:
        if cursor is None:
            return self._limit
        find = bisect_left if self.inclusive else bisect_right
        return find(self.messages, cursor, key=lambda message: message.cursor)

    async def _send_from(self, connection: ServerConnection, at: int) -> None:
        wake = asyncio.Event()
        self._wakes.add(wake)
        closed = asyncio.ensure_future(connection.wait_closed())
        closed.add_done_callback(lambda _: wake.set())
        try:
            while not closed.done():
                wake.clear()
                while at < self._limit:
                    await connection.send(self.messages[at].data)
                    at += 1
                    self._note_sent(at)
                await wake.wait()
        finally:
            self._wakes.discard(wake)
            closed.cancel()

    def _note_sent(self, count: int) -> None:
        with self._changed:
            self._sent = max(self._sent, count)
            self._changed.notify_all()

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()


def _error_frame(error: str, message: str) -> bytes:
    body: dict[str, object] = {"error": error, "message": message}
    return bytes(libipld.encode_dag_cbor({"op": -1}) + libipld.encode_dag_cbor(body))


@contextmanager
def running_relay(relay: FrameRelay) -> Iterator[FrameRelay]:
    """Serve for as long as the block runs."""
    started = threading.Event()
    stopping = asyncio.Event()
    thread = threading.Thread(target=lambda: asyncio.run(relay._serve(started, stopping)), name="relay", daemon=True)
    thread.start()
    assert started.wait(10), "the relay did not start"
    try:
        yield relay
    finally:
        assert relay._loop is not None
        relay._loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
