"""Let browsers of any origin call the API: it trusts no cookie, so a foreign page gains nothing."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skywarden.api.answers import Header, Reply

_EXPOSED = ", ".join(
    [
        "atproto-content-labelers",
        "atproto-repo-rev",
        "dpop-nonce",
        "ratelimit-limit",
        "ratelimit-policy",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "www-authenticate",
    ]
).encode()

_ALWAYS: tuple[Header, ...] = ((b"access-control-allow-origin", b"*"),)
_TO_BROWSERS: tuple[Header, ...] = (*_ALWAYS, (b"access-control-expose-headers", _EXPOSED))

_USUAL = b"authorization, content-type, atproto-proxy, atproto-accept-labelers, atproto-content-labelers"
_DAY = b"86400"


def any_origin(headers: Mapping[bytes, bytes]) -> tuple[Header, ...]:
    """Headers of every answer to a request with these; only a browser's needs all of them."""
    return _TO_BROWSERS if b"origin" in headers else _ALWAYS


def preflight(headers: Mapping[bytes, bytes]) -> Reply:
    """Answer a browser that asks what it may send: any header it names."""
    asked = headers.get(b"access-control-request-headers", _USUAL)
    return Reply(
        200,
        b"",
        (
            *_TO_BROWSERS,
            (b"access-control-allow-methods", b"GET, HEAD, POST"),
            (b"access-control-allow-headers", asked),
            (b"access-control-max-age", _DAY),
            (b"vary", b"access-control-request-headers"),
            (b"content-length", b"0"),
        ),
    )


def with_any_origin(app: ASGIApp) -> ASGIApp:
    """Put the headers on whatever `app` answers."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_TO_BROWSERS]
            await send(message)

        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            await preflight(dict(scope["headers"]))(scope, receive, send)
            return
        await app(scope, receive, adding)

    return wrapped
