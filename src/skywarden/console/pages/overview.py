"""The first page: how the platform is, and what it did."""

from starlette.responses import Response

from skywarden.console.chart import HEIGHT, WIDTH, line_of
from skywarden.console.page import Nav, Visit, get

RATE_SLOTS = 120


async def _overview(visit: Visit) -> Response:
    values = await _values(visit)
    return visit.page("overview.html", 200, **values)


async def overview_part(visit: Visit) -> str:
    """What changes on the page, as HTML."""
    return visit.text("overview_part.html", **await _values(visit))


async def _values(visit: Visit) -> dict[str, object]:
    view = await visit.site.workers.run(visit.site.read_status)
    return {
        "view": view,
        "line": line_of(view.rates, RATE_SLOTS),
        "width": WIDTH,
        "height": HEIGHT,
        "minutes": round(RATE_SLOTS * view.rate_step_s / 60),
    }


PAGES = (get("/", _overview, nav=Nav("Overview", "g o", 0)),)
