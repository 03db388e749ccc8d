"""Declare a page: its path, who may see it, and the function that answers it.

    PAGES = (get("/review", _queue, nav=Nav("Review", "g r")), post("/review/decide", _decide, Access.TRIAGE))

A handler is a coroutine: it asks the API's methods through its visit, and never the database itself.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from skywarden.api.method import Access, Caller, Role
from skywarden.console.form import Form, read_form
from skywarden.console.site import Site

__all__ = ["Access", "Nav", "Page", "Visit", "get", "post"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is signed in; `name` is what to call them."""

    site: Site
    request: Request
    caller: Caller
    name: str = ""

    async def ask(self, nsid: str, params: Mapping[str, object], kind: type[T]) -> T:
        """Call a query of the API as this member. Raises: what it raises."""
        return await self.site.calls.ask(self.caller, nsid, params, kind)

    async def do(self, nsid: str, body: Mapping[str, object], kind: type[T]) -> T:
        """Call a procedure of the API as this member. Raises: what it raises."""
        return await self.site.calls.do(self.caller, nsid, body, kind)

    async def form(self) -> Form:
        """The fields that came with a request. Raises: Rejected, when it is no form or too large."""
        return await read_form(self.request)

    @property
    def role_name(self) -> str:
        """Their role, in one word."""
        return "" if self.caller.role is None else self.caller.role.name.lower()

    @property
    def is_part(self) -> bool:
        """Whether a page that is open asks for a part of it, not the browser for a whole."""
        return self.request.headers.get("hx-request") == "true"

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """Render a template of the package."""
        return HTMLResponse(self.text(template, **values), status)

    def text(self, template: str, **values: object) -> str:
        """The same as text."""
        return self.site.templates.get_template(template).render(
            visit=self,
            site=self.site,
            nav=self.site.nav_for(self.caller),
            path=self.request.url.path,
            now_us=self.site.services.clock.now_us(),
            roles=Role,
            **values,
        )

    def go(self, path: str) -> Response:
        """Send the browser on, after something was done."""
        if self.is_part:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the navigation and of the palette; `keys` are typed one after the other."""

    title: str
    keys: str
    place: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One path and verb."""

    path: str
    verb: Literal["GET", "POST"]
    handle: Handler
    access: Access
    nav: Nav | None = field(default=None)


def get(path: str, handle: Handler, access: Access = Access.MEMBER, *, nav: Nav | None = None) -> Page:
    """A page to look at; it changes nothing."""
    return Page(path, "GET", handle, access, nav)


def post(path: str, handle: Handler, access: Access = Access.MEMBER) -> Page:
    """Something to be done."""
    return Page(path, "POST", handle, access)
