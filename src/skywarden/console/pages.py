"""Turn status values into the page at `/` and serve its style sheet and icon."""

from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from skywarden.console.chart import HEIGHT, WIDTH, line_of
from skywarden.console.view import StatusView

RATE_SLOTS = 120
_STATIC = {"console.css": "text/css", "icon.svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def make_console(read_status: Callable[[], StatusView]) -> list[Route]:
    """Build the console's routes; `read_status` may block and runs in a worker thread."""
    templates = Environment(
        loader=PackageLoader("skywarden.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["duration"] = duration_text

    async def status(request: Request) -> Response:
        view = await run_in_threadpool(read_status)
        line = line_of(view.rates, RATE_SLOTS)
        page = templates.get_template("status.html").render(
            view=view, line=line, width=WIDTH, height=HEIGHT, minutes=round(RATE_SLOTS * view.rate_step_s / 60)
        )
        return HTMLResponse(page, headers=_HEADERS)

    return [Route("/", status), *(_static(name, kind) for name, kind in _STATIC.items())]


def _static(name: str, media_type: str) -> Route:
    data = files("skywarden.console").joinpath("static", name).read_bytes()

    async def serve(request: Request) -> Response:
        headers = {"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"}
        return Response(data, media_type=media_type, headers=headers)

    return Route(f"/static/{name}", serve)


def duration_text(seconds: float) -> str:
    """Say a duration as people do: 4 s, 3 min, 2 h 5 min, 3 d 4 h."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"
