"""Turn values and our own errors into the JSON answers of XRPC."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from skywarden.api.auth import AUTH_ERRORS
from skywarden.kernel.errors import Rejected, Retryable, SkywardenError

INVALID_REQUEST = "InvalidRequest"
JSON = "application/json"

_STATUS_OF = {
    **dict.fromkeys(AUTH_ERRORS, 401),
    "PayloadTooLarge": 413,
    "RateLimitExceeded": 429,
    "MethodNotImplemented": 501,
}
"""HTTP status of an error name; every other refusal is 400."""

_OWN_NAMES = frozenset({*_STATUS_OF, INVALID_REQUEST, "AlreadyAppealed", "AccountTakedown", "UpstreamFailure"})
"""Reasons that go out as they are; other reasons are codes of ours and go out as InvalidRequest."""

_BUSY_RETRY_S = 5


def json_answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON body."""
    return Response(msgspec.json.encode(value), status, dict(headers or {}), JSON)


def error_answer(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An XRPC error body; 401 says how to authenticate."""
    found = dict(headers or {})
    if status == 401:
        found.setdefault("WWW-Authenticate", 'Bearer realm="atproto service auth"')
    return json_answer({"error": error, "message": message}, status=status, headers=found)


def refusal(error: SkywardenError) -> Response:
    """Answer for an error of ours: bad input says what is wrong, anything else says nothing of our inside."""
    if isinstance(error, Rejected):
        name = error.reason if error.reason in _OWN_NAMES else INVALID_REQUEST
        return error_answer(_STATUS_OF.get(name, 400), name, str(error))
    if isinstance(error, Retryable):
        headers = {"Retry-After": str(_BUSY_RETRY_S)}
        return error_answer(503, "NotEnoughResources", "the service is busy; try again", headers)
    return error_answer(500, "InternalServerError", "the service is broken; its operator has been told")


def invalid(place: str, expected: str, found: str) -> Rejected:
    """Refuse a parameter or a field of the input."""
    return Rejected(INVALID_REQUEST, place=place, expected=expected, found=found[:200])
