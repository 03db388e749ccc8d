"""Run the API role alone until it is asked to stop: moderation and labels on one database; no stream, no rules."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from skywarden.api.app import make_api
from skywarden.app.api_services import make_services, resolve_callers
from skywarden.app.backend import Backend, open_backend
from skywarden.app.jobs.open_jobs import open_loop
from skywarden.app.published_declaration import follow_declaration
from skywarden.app.resident import resident_mb
from skywarden.app.server import PROMETHEUS, Announce, QuietServer, Started, listen, make_server, run_loop, url_of
from skywarden.app.stage import JOIN_S, Stage
from skywarden.app.surroundings import configured_surroundings
from skywarden.kernel.errors import Broken
from skywarden.observe.catalog import EFFECTS_PENDING, RESIDENT_BYTES, STARTED, STOPPED, STOPPING
from skywarden.observe.logs import Logger
from skywarden.settings import Settings


@dataclass(frozen=True, slots=True)
class ModerationStep:
    """Decide what waits and publish labels; several processes may do so on one database."""

    backend: Backend

    def __call__(self) -> int:
        """Do one round; return how much was done."""
        return self.backend.moderation.decide_pending() + self.backend.labels.publish_pending()


def serve_api(settings: Settings, announce: Announce) -> None:
    """Open, serve and stop.

    Raises: Rejected for bad settings; Retryable for a busy port; Broken when moderation could not go on.
    """
    sock = listen(settings.server.host, settings.server.port)
    try:
        run_loop(_run(settings, sock, announce))
    finally:
        sock.close()


async def _run(settings: Settings, sock: socket.socket, announce: Announce) -> None:
    url = settings.server.public_url or url_of(sock)
    backend = await asyncio.to_thread(open_backend, settings, url)
    failure: list[str] = []
    try:
        await _serve(backend, sock, failure, announce)
    finally:
        backend.close()
    if failure:
        raise Broken("; ".join(failure))


async def _serve(backend: Backend, sock: socket.socket, failure: list[str], announce: Announce) -> None:
    loop, log, network = asyncio.get_running_loop(), Logger("serve"), backend.settings.network
    callers = resolve_callers(backend, network.plc_url, allow_loopback=network.allow_loopback)
    around = configured_surroundings(backend.settings)
    services = make_services(backend, callers, around)
    app = make_api(services, [Route("/metrics", _metrics(backend))])
    server = make_server(app, backend.settings.api.trusted_proxies)

    def failed(name: str, error: BaseException) -> None:
        failure.append(f"{name} cannot go on: {error}")
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)

    moderation = Stage("moderation", ModerationStep(backend), _nobody_waits, failed, backend.metrics)
    jobs = open_loop(backend, around)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end_by, number, server, log)
    backend.moderation.on_emitted = moderation.wake
    moderation.start()
    jobs.start()
    declared = asyncio.create_task(follow_declaration(backend, callers, loopback=network.allow_loopback))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    announce(Started(backend.public_url, backend.labels.did))
    log.info(STARTED, pid=os.getpid(), rules=0)
    await serving
    declared.cancel()
    jobs.stop()
    moderation.stop()
    await asyncio.to_thread(jobs.join, JOIN_S)
    await asyncio.to_thread(moderation.join, JOIN_S)
    await services.upstreams.aclose()
    log.info(STOPPED, failure=failure)


def _metrics(backend: Backend) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_request: Request) -> Response:
        return Response(await run_in_threadpool(_read_metrics, backend), media_type=PROMETHEUS)

    return endpoint


def _read_metrics(backend: Backend) -> bytes:
    backend.metrics.set(RESIDENT_BYTES, resident_mb((os.getpid(),)) * 1e6)
    backend.metrics.set(EFFECTS_PENDING, backend.moderation.pending_effects())
    return backend.metrics.text()


def _end_by(number: signal.Signals, server: QuietServer, log: Logger) -> None:
    log.info(STOPPING, signal=number.name)
    server.should_exit = True


def _nobody_waits() -> None:
    """Moderation is the last stage."""
