"""Join the XRPC methods and well-known files into routes over the running stages."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from skywarden.api import well_known
from skywarden.api.answers import error_answer
from skywarden.api.method import ALL_VERBS, XrpcMethod
from skywarden.api.services import Services
from skywarden.api.xrpc import com_atproto_label_query_labels as query_labels
from skywarden.api.xrpc import com_atproto_label_subscribe_labels as subscribe_labels
from skywarden.api.xrpc import com_atproto_moderation_create_report as create_report

METHODS: tuple[XrpcMethod, ...] = (query_labels.METHOD, create_report.METHOD)
"""Every query and procedure; subscriptions bring their own routes."""

_CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "HEAD", "POST"],
    allow_headers=["*"],
    expose_headers=[
        "atproto-content-labelers",
        "atproto-repo-rev",
        "dpop-nonce",
        "ratelimit-limit",
        "ratelimit-policy",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "www-authenticate",
    ],
    max_age=86_400,
)
"""Browsers of any origin may call with any header (authorization, atproto-proxy, atproto-accept-labelers); nothing here
trusts a cookie."""


def make_api(services: Services) -> list[BaseRoute]:
    """Make the routes; the caller puts them into its Starlette application."""
    xrpc: list[BaseRoute] = [Route("/_health", well_known.health(services))]
    for method in METHODS:
        xrpc.extend(method.routes(services))
    xrpc.extend(subscribe_labels.routes(services))
    xrpc.append(Route("/{nsid:path}", _not_implemented, methods=ALL_VERBS))
    return [Mount("/xrpc", routes=xrpc, middleware=[_CORS]), *well_known.routes(services)]


async def _not_implemented(request: Request) -> Response:
    nsid = str(request.path_params["nsid"])[:320]
    return error_answer(501, "MethodNotImplemented", f"no method {nsid!r} here")
