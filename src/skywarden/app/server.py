"""Serve an ASGI app on uvicorn without letting uvicorn own the process's signals."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from skywarden.app.batching_sockets import BatchingWebSockets
from skywarden.kernel.errors import Retryable

try:
    from uvloop import new_event_loop
except ImportError:  # Windows has none
    from asyncio import new_event_loop  # type: ignore[assignment]  # either makes a loop

_GRACE_S = 1

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
"""Content type of /metrics."""


@dataclass(frozen=True, slots=True)
class Started:
    """Where a process is found. `sign_in` is a link that signs somebody in once, while nobody has signed in."""

    url: str
    did: str
    sign_in: str = ""


Announce = Callable[[Started], None]
"""Told once everything runs."""


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run the process's event loop: the fast one, where the platform has it."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)


class QuietServer(uvicorn.Server):
    """uvicorn whose end is decided by us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts, so that a busy one is found at once.

    Raises: Retryable, when the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sets TCP_NODELAY
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Retryable(f"{host}:{port}: {error.strerror}; stop what uses it or choose another --port") from error
    sock.listen(2048)
    sock.setblocking(False)
    return sock


def url_of(sock: socket.socket) -> str:
    """The URL of a socket that listens."""
    host, port = sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def make_server(app: ASGIApp, trusted_proxies: Sequence[str] = ()) -> QuietServer:
    """Configure uvicorn: no access log, short grace for open streams; `trusted_proxies` say who the client is."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_S,
        ws=BatchingWebSockets,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        lifespan="off",
        http="httptools",
    )
    return QuietServer(config)
