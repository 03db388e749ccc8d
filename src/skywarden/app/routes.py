"""Join the routes of the API, the console and the operator into one ASGI app."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from skywarden.api.app import make_api
from skywarden.api.services import Services
from skywarden.app.platform import Platform
from skywarden.app.server import PROMETHEUS
from skywarden.app.status import StatusReader
from skywarden.console import make_console
from skywarden.console.sign_in.password import PasswordSignIn
from skywarden.observe.catalog import EFFECTS_PENDING, ENGINE_BEHIND, QUARANTINE_OPEN, RESIDENT_BYTES


def make_app(platform: Platform, services: Services, reader: StatusReader, password: PasswordSignIn) -> ASGIApp:
    """Everything that one port serves."""

    async def metrics(request: Request) -> Response:
        return Response(await run_in_threadpool(_read_metrics, platform, reader), media_type=PROMETHEUS)

    return make_api(services, [*make_console(services, reader, password), Route("/metrics", metrics)])


def _read_metrics(platform: Platform, reader: StatusReader) -> bytes:
    """Take the gauges that nobody moves in passing, then render all."""
    metrics = platform.metrics
    metrics.set(RESIDENT_BYTES, reader.resident_mb() * 1e6)
    metrics.set(QUARANTINE_OPEN, platform.log.quarantine_count())
    metrics.set(EFFECTS_PENDING, platform.moderation.pending_effects())
    metrics.set(ENGINE_BEHIND, max(platform.log.end_offset() - platform.consumer.engine.position, 0))
    return metrics.text()
