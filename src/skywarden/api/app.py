"""Join the XRPC methods and well-known files into one ASGI application over the running stages."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from skywarden.api import well_known
from skywarden.api.answers import Reply, error_answer
from skywarden.api.cors import with_any_origin
from skywarden.api.dispatch import XrpcApp
from skywarden.api.http.registry import http_methods
from skywarden.api.registry import all_methods
from skywarden.api.services import Services
from skywarden.api.xrpc import com_atproto_label_subscribe_labels as subscribe_labels

ALL_VERBS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
_XRPC = "/xrpc/"
_HTTP = "/api/"


def make_api(services: Services, pages: Iterable[BaseRoute] = ()) -> ASGIApp:
    """Everything that the API serves, and `pages` beside it. /xrpc and /api go past the routes of the rest."""
    xrpc, http = _make_xrpc(services), _make_http(services)
    rest = Starlette(routes=[*pages, *well_known.routes(services)])

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        app = xrpc if path.startswith(_XRPC) else http if path.startswith(_HTTP) else rest
        await app(scope, receive, send)

    return door


def _make_xrpc(services: Services) -> ASGIApp:
    routes = [
        Route("/xrpc/_health", well_known.health(services)),
        *subscribe_labels.routes(services),
        Route("/xrpc/{nsid:path}", _not_implemented, methods=ALL_VERBS),
    ]
    return XrpcApp(services, all_methods(), with_any_origin(Router(routes)))


def _make_http(services: Services) -> ASGIApp:
    others = Router([Route("/api/{path:path}", _no_such_path, methods=ALL_VERBS)])
    return XrpcApp(services, http_methods(), with_any_origin(others), _HTTP)


async def _no_such_path(request: Request) -> Reply:
    return error_answer(404, "NotFound", f"nothing at {request.url.path[:320]!r}")


async def _not_implemented(request: Request) -> Reply:
    nsid = str(request.path_params["nsid"])[:320]
    return error_answer(501, "MethodNotImplemented", f"no method {nsid!r} here")
