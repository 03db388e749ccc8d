"""Read a request's JSON body, within a size limit, into a typed struct."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from skywarden.api.answers import INVALID_REQUEST, JSON, invalid
from skywarden.kernel.errors import Rejected

BODY_BYTES = 128 * 1024

_T = TypeVar("_T")


async def read_json(request: Request, kind: type[_T]) -> _T:
    """Read and check the body.

    Raises: Rejected InvalidRequest, naming the field; PayloadTooLarge, before more than the limit is held.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise invalid("Content-Type", JSON, repr(content_type))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise Rejected("PayloadTooLarge", place="body", expected=f"at most {BODY_BYTES} bytes")
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(INVALID_REQUEST, place="body", found=str(error)[:200]) from error
