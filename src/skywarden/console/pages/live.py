"""Send parts of a page again when they change, as server-sent events.

A page names the parts that it wants: `<div data-live="overview">`; scripts open `/live?part=overview` and put in what
comes. Crash: the browser connects again by itself. Slow readers: a part is made when the last one was taken.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import Response, StreamingResponse

from skywarden.console.page import Visit, get
from skywarden.console.pages.overview import overview_part
from skywarden.console.site import Site
from skywarden.kernel.errors import Rejected

_EVERY_S = 2.0
_MOST_S = 600.0
"""A connection ends after this time; whoever is still there and still a member comes again."""

PARTS: Mapping[str, Callable[[Visit], Awaitable[str]]] = {"overview": overview_part}


async def _live(visit: Visit) -> Response:
    name = visit.request.query_params.get("part", "")
    make = PARTS.get(name)
    if make is None:
        raise Rejected("NotFound", place="part", expected=", ".join(PARTS), found=repr(name[:80]))
    return StreamingResponse(_events(visit, make), media_type="text/event-stream")


async def _events(visit: Visit, make: Callable[[Visit], Awaitable[str]]) -> AsyncIterator[str]:
    sent, until_s = "", asyncio.get_running_loop().time() + _MOST_S
    while asyncio.get_running_loop().time() < until_s and not visit.site.closing.is_set():
        text = await make(visit)
        if text != sent:
            sent = text
            yield "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"
        else:
            yield ": nothing new\n\n"
        await _pause(visit.site)


async def _pause(site: Site) -> None:
    try:
        async with asyncio.timeout(_EVERY_S):
            await site.closing.wait()
    except TimeoutError:
        return


PAGES = (get("/live", _live),)
