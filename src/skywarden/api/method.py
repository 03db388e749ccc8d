"""Make one XRPC method out of its NSID, verb and handler: errors, timing and method checks in one place."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from skywarden.api.answers import INVALID_REQUEST, error_answer, refusal
from skywarden.api.services import Services
from skywarden.kernel.errors import Rejected, Retryable, SkywardenError
from skywarden.observe.catalog import API_FAILED, API_SECONDS
from skywarden.observe.logs import Logger

Handler = Callable[[Request, Services], Awaitable[Response]]

_HEADERS = "answer_headers"
ALL_VERBS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]


def add_headers(request: Request, headers: Mapping[str, str]) -> None:
    """Have the answer carry these headers, whatever it will be."""
    setattr(request.state, _HEADERS, headers)


@dataclass(frozen=True, slots=True)
class XrpcMethod:
    """One query (GET) or procedure (POST)."""

    nsid: str
    verb: Literal["GET", "POST"]
    handler: Handler

    def routes(self, services: Services) -> list[BaseRoute]:
        """The method's route, which answers every verb: the wrong ones with 405."""

        async def endpoint(request: Request) -> Response:
            began_s = services.clock.monotonic_s()
            answer = await self._answer(request, services)
            answer.headers.update(getattr(request.state, _HEADERS, {}))
            took_s = services.clock.monotonic_s() - began_s
            services.metrics.observe(API_SECONDS, took_s, method=self.nsid, status=str(answer.status_code))
            return answer

        return [Route(f"/{self.nsid}", endpoint, methods=ALL_VERBS)]

    async def _answer(self, request: Request, services: Services) -> Response:
        verbs = ("GET", "HEAD") if self.verb == "GET" else (self.verb,)
        if request.method not in verbs:
            message = f"{self.nsid} is called with {self.verb}, not {request.method}"
            return error_answer(405, INVALID_REQUEST, message, {"Allow": ", ".join(verbs)})
        try:
            return await self.handler(request, services)
        except SkywardenError as error:
            if not isinstance(error, (Rejected, Retryable)):
                Logger("api").error(API_FAILED, error=error, method=self.nsid)
            return refusal(error)
