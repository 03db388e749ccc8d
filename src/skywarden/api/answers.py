"""Turn values and our own errors into the JSON answers of XRPC."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from starlette.types import Receive, Scope, Send

from skywarden.api.auth import AUTH_ERRORS
from skywarden.api.caller import FORBIDDEN
from skywarden.api.names import INVALID_REQUEST, PAYLOAD_TOO_LARGE, RATE_LIMITED, UPSTREAM_FAILURE
from skywarden.api.upstream.answer import UpstreamFailure
from skywarden.kernel.errors import Rejected, Retryable, SkywardenError

_STATUS_OF = {
    **dict.fromkeys(AUTH_ERRORS, 401),
    FORBIDDEN: 403,
    PAYLOAD_TOO_LARGE: 413,
    RATE_LIMITED: 429,
    "MethodNotImplemented": 501,
    UPSTREAM_FAILURE: 502,
}
"""HTTP status of an error name; every other refusal is 400."""

_CHALLENGE = 'Bearer realm="atproto service auth", Basic realm="admin"'
_BUSY_RETRY_S = 5
_JSON = (b"content-type", b"application/json")

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole HTTP answer; as an ASGI application it sends itself."""

    status: int
    body: bytes
    headers: tuple[Header, ...]

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
        await send({"type": f"{kind}.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": f"{kind}.body", "body": self.body})

    def adding(self, headers: Iterable[Header]) -> "Reply":
        """The same answer with further headers."""
        return Reply(self.status, self.body, (*self.headers, *headers))


def json_answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON body; none at all for None."""
    body = b"" if value is None else bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)
    length = (b"content-length", b"%d" % len(body))
    kind = (_JSON,) if body else ()
    return Reply(status, body, (*kind, length, *header_bytes(headers or {})))


def error_answer(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An XRPC error body; 401 says how to authenticate."""
    found = dict(headers or {})
    if status == 401:
        found.setdefault("WWW-Authenticate", _CHALLENGE)
    return json_answer({"error": error, "message": message}, status=status, headers=found)


def refusal(error: SkywardenError, known: frozenset[str] = frozenset()) -> Reply:
    """Answer for an error of ours: bad input says what is wrong, anything else says nothing of our inside.

    `known` are names that the method declares; a reason that is neither known nor general goes out as InvalidRequest.
    """
    if isinstance(error, Rejected):
        name = error.reason if error.reason in known or error.reason in _STATUS_OF else INVALID_REQUEST
        return error_answer(_STATUS_OF.get(name, 400), name, str(error))
    if isinstance(error, UpstreamFailure):
        return error_answer(_STATUS_OF[UPSTREAM_FAILURE], UPSTREAM_FAILURE, str(error))
    if isinstance(error, Retryable):
        headers = {"Retry-After": str(_BUSY_RETRY_S)}
        return error_answer(503, "NotEnoughResources", "the service is busy; try again", headers)
    return broken_answer()


def broken_answer() -> Reply:
    """Answer for a fault of ours."""
    return error_answer(500, "InternalServerError", "the service is broken; its operator has been told")


def invalid(place: str, expected: str, found: str) -> Rejected:
    """Refuse a parameter or a field of the input."""
    return Rejected(INVALID_REQUEST, place=place, expected=expected, found=found[:200])


def header_bytes(headers: Mapping[str, str]) -> list[Header]:
    """Headers as ASGI has them."""
    return [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()]
