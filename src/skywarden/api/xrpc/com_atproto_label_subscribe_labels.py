"""com.atproto.label.subscribeLabels: a cursor to the stream of labels from there on, over a WebSocket."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from skywarden.api.answers import Reply, error_answer, refusal
from skywarden.api.inputs import ParamsReader
from skywarden.api.label_stream import Bell, Send, TooSlow, feed
from skywarden.api.names import INVALID_REQUEST, RATE_LIMITED
from skywarden.api.services import Services
from skywarden.api.socket_batch import send_batch, takes_batches
from skywarden.kernel.errors import Rejected
from skywarden.labels.recent import StreamFrame
from skywarden.labels.wire import future_frame, outdated_frame, too_slow_frame
from skywarden.observe.catalog import LABEL_SUBSCRIBERS, LABEL_SUBSCRIBERS_DROPPED

NSID = "com.atproto.label.subscribeLabels"

_PATH = f"/xrpc/{NSID}"
_ALL_VERBS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]

_LAST_SEQ = 2**53 - 1
_LIVE = -1
_POLICY_VIOLATION = 1008
_FAREWELL_S = 2.0
_RETRY_S = 30


class _Params(msgspec.Struct, frozen=True):
    cursor: Annotated[int, msgspec.Meta(ge=0, le=_LAST_SEQ)] = _LIVE


_PARAMS = ParamsReader(_Params)


def routes(services: Services) -> list[BaseRoute]:
    """The subscription, and the refusals of plain HTTP requests to it."""
    bell = Bell(services.labels)

    async def subscribe(socket: WebSocket) -> None:
        await _serve(socket, services, bell)

    return [WebSocketRoute(_PATH, subscribe), Route(_PATH, _plain_http, methods=_ALL_VERBS)]


async def _plain_http(request: Request) -> Reply:
    if request.method != "GET":
        return error_answer(405, INVALID_REQUEST, f"{NSID} is a subscription", {"Allow": "GET"})
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    return error_answer(426, INVALID_REQUEST, f"{NSID} is a subscription: connect with a WebSocket", headers)


async def _serve(socket: WebSocket, services: Services, bell: Bell) -> None:
    try:
        cursor = _PARAMS.read(socket.scope["query_string"]).cursor
    except Rejected as error:
        await _deny(socket, refusal(error))
        return
    if bell.subscribers >= services.stream_limits.subscribers:
        full = error_answer(429, RATE_LIMITED, "too many subscribers", {"Retry-After": str(_RETRY_S)})
        await _deny(socket, full)
        return
    bell.enter()
    services.metrics.add(LABEL_SUBSCRIBERS, 1)
    try:
        # Without a cursor the stream begins with the next label, counted from before the handshake is answered.
        live_from = services.labels.latest_seq() + 1
        await socket.accept()
        await _converse(socket, services, bell, cursor, live_from)
    finally:
        bell.leave()
        services.metrics.add(LABEL_SUBSCRIBERS, -1)


async def _deny(socket: WebSocket, reply: Reply) -> None:
    """Answer the handshake with an HTTP error."""
    await reply(socket.scope, socket.receive, socket.send)


async def _converse(socket: WebSocket, services: Services, bell: Bell, cursor: int, live_from: int) -> None:
    """Send until the subscriber leaves or is too slow; what it says is passed over."""
    sending = asyncio.create_task(_send_all(socket, services, bell, cursor, live_from))
    listening = asyncio.create_task(_until_gone(socket))
    try:
        await asyncio.wait((sending, listening), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, listening):
            task.cancel()
        results = await asyncio.gather(sending, listening, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
            raise result


async def _send_all(socket: WebSocket, services: Services, bell: Bell, cursor: int, live_from: int) -> None:
    labels = services.labels
    start = live_from if cursor == _LIVE else max(cursor, 1)
    if cursor > labels.latest_seq():
        await run_in_threadpool(labels.catch_up)  # it may come from another process that is ahead of this one
    if cursor > labels.latest_seq():
        await _end(socket, future_frame(cursor, labels.latest_seq()))
        return
    lost = labels.lost_up_to()
    if 0 < cursor < lost:
        await socket.send_bytes(outdated_frame(lost + 1))
    try:
        await feed(bell, start, _sender(socket, bell), services.stream_limits)
    except TooSlow as slow:
        services.metrics.add(LABEL_SUBSCRIBERS_DROPPED)
        await _end(socket, too_slow_frame(slow.behind))


def _sender(socket: WebSocket, bell: Bell) -> Send:
    if takes_batches(socket):

        async def send_page(frames: Sequence[StreamFrame]) -> None:
            if frames:
                await send_batch(socket, bell.pages.wire(frames, bell.labels.latest_seq()))

        return send_page

    async def send_each(frames: Sequence[StreamFrame]) -> None:
        for frame in frames:
            await socket.send_bytes(frame.data)

    return send_each


async def _end(socket: WebSocket, frame: bytes) -> None:
    """Say why and close; who does not read that within a moment is closed without it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL_S):
            await socket.send_bytes(frame)
            await socket.close(_POLICY_VIOLATION)


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
