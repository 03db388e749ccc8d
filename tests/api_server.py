"""Serve the API on loopback inside a test's event loop, over a temporary database."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect

from identities import ALICE, BOB, resolver_of
from label_samples import LABELER, make_labels
from proposals import make_service
from skywarden.api.app import make_api
from skywarden.api.auth import AuthVerifier
from skywarden.api.rate_limit import RateLimit
from skywarden.api.services import Services, StreamLimits
from skywarden.app.server import listen, make_server
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

SUBSCRIBE = "/xrpc/com.atproto.label.subscribeLabels"
QUERY = "/xrpc/com.atproto.label.queryLabels"
REPORT = "/xrpc/com.atproto.moderation.createReport"


def make_services(
    database: Database,
    *,
    did: Did = LABELER,
    report_limit: RateLimit | None = None,
    stream_limits: StreamLimits | None = None,
) -> Services:
    clock, metrics = ManualClock(), Metrics()
    return Services(
        moderation=make_service(database, clock),
        labels=make_labels(database, clock, metrics=metrics),
        database=database,
        auth=AuthVerifier(did, resolver_of([ALICE, BOB]), clock),
        did=did,
        public_url="https://labeler.example",
        metrics=metrics,
        clock=clock,
        report_limit=report_limit or RateLimit(limit=100, window_s=300),
        stream_limits=stream_limits or StreamLimits(),
    )


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running server and a client for it."""

    services: Services
    port: int
    http: httpx.AsyncClient

    def subscribe(self, cursor: int | str | None = None) -> connect:
        """Open a label subscription; use it with `async with`."""
        query = "" if cursor is None else f"?cursor={cursor}"
        url = f"ws://127.0.0.1:{self.port}{SUBSCRIBE}{query}"
        return connect(url, compression=None, proxy=None)


async def until(condition: Callable[[], object]) -> None:
    """Let other tasks run until the condition holds; the test's timeout ends what never does."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event to wait on
        await asyncio.sleep(0)


async def stalled_subscriber(port: int) -> socket.socket:
    """Shake hands by hand, then never read; the kernel holds only a few kilobytes for it."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    await loop.sock_connect(sock, ("127.0.0.1", port))
    lines = [
        f"GET {SUBSCRIBE}?cursor=0 HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode())
    assert (await loop.sock_recv(sock, 12)) == b"HTTP/1.1 101"
    return sock


@asynccontextmanager
async def serving(services: Services, *, send_buffer_bytes: int = 0) -> AsyncIterator[ApiServer]:
    sock = listen("127.0.0.1", 0)
    if send_buffer_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    port = int(sock.getsockname()[1])
    server = make_server(Starlette(routes=make_api(services)))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    await until(lambda: server.started)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        yield ApiServer(services, port, http)
    server.should_exit = True
    await running


async def receive_bytes(connection: ClientConnection) -> bytes:
    message = await connection.recv()
    assert isinstance(message, bytes)
    return message
