"""Let members in: from a request's cookie to a visit, and from whatever goes wrong to a page that says so."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from skywarden.api.caller import NOBODY, Access
from skywarden.api.method import Caller, CallerKind, Role
from skywarden.console.headers import PAGE_HEADERS
from skywarden.console.page import Page, Visit
from skywarden.console.sign_in.cookie import token_of
from skywarden.console.site import Site
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.observe.catalog import CONSOLE_FAILED, CONSOLE_SECONDS
from skywarden.observe.logs import Logger

_STATUS = {
    "Forbidden": 403,
    "NotFound": 404,
    "AuthenticationRequired": 401,
    "RateLimitExceeded": 429,
    "CrossOrigin": 403,
}


def guarded(site: Site, page: Page) -> Route:
    """The route of a page behind the gate."""

    async def endpoint(request: Request) -> Response:
        began_s = site.services.clock.monotonic_s()
        response = await _answer(site, page, request)
        response.headers.update(PAGE_HEADERS)
        took_s = site.services.clock.monotonic_s() - began_s
        site.services.metrics.observe(CONSOLE_SECONDS, took_s, page=page.path, status=str(response.status_code))
        return response

    return Route(page.path, endpoint, methods=[page.verb])


async def _answer(site: Site, page: Page, request: Request) -> Response:
    visit = Visit(site, request, NOBODY)
    try:
        if page.verb != "GET":
            _same_origin(request, site.services.public_url)
        if page.access is not Access.PUBLIC:
            visitor = await site.workers.run(_visitor, site, token_of(request))
            if visitor is None:
                return _to_sign_in(request)
            visit = Visit(site, request, *visitor)
            if page.access.role is not None:
                visit.caller.require(page.access.role)
        return await page.handle(visit)
    except Rejected as error:
        return _sorry(visit, _STATUS.get(error.reason, 400), error.reason, str(error))
    except Retryable as error:
        return _sorry(visit, 503, "Busy", str(error))
    except Exception as error:  # noqa: BLE001 - one page's fault ends one request; it is logged and counted
        Logger("console").error(CONSOLE_FAILED, error=error, page=page.path)
        return _sorry(visit, 500, "Failed", "This page failed; the log says why.")


def _visitor(site: Site, token: str) -> tuple[Caller, str] | None:
    """Who holds the session, and what to call them; what they may do is asked of the team now.

    The labeler's own account is the local administrator.
    """
    session = site.services.desk.sessions.find(token) if token else None
    if session is None:
        return None
    if session.did == site.services.did:
        return Caller(session.did, Role.ADMIN, CallerKind.SESSION), "Local administrator"
    member = site.services.desk.team.role_of(session.did)
    if member is None or member.disabled:
        return None
    return Caller(session.did, member.role, CallerKind.SESSION), member.handle or session.did


def _same_origin(request: Request, public_url: str) -> None:
    """Refuse what another site's page makes a browser send. Raises: Rejected CrossOrigin."""
    given = request.headers.get("origin")
    own = {request.headers.get("host", ""), urlsplit(public_url).netloc}
    if given is None or urlsplit(given).netloc not in own:
        raise Rejected("CrossOrigin", place="Origin", expected="this console", found=repr((given or "none")[:200]))


def _to_sign_in(request: Request) -> Response:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    place = "/sign-in" if wanted == "/" or request.method != "GET" else f"/sign-in?next={quote(wanted, safe='')}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(place, 303)


def _sorry(visit: Visit, status: int, title: str, detail: str) -> Response:
    template = "sorry_part.html" if visit.is_part else "sorry.html"
    return visit.page(template, status, title=title, detail=detail, status_code=status)
