"""Serve a websocket stream by script: one list of messages a connection, then close, refuse or stay silent."""

import http
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


@dataclass(frozen=True, slots=True)
class Connection:
    """What happens on one connection: messages, then it is closed, or stays open and silent.

    `refuse` is an HTTP status and body instead.
    """

    messages: Sequence[bytes | str] = ()
    refuse: tuple[int, str] | None = None
    stay: bool = False


@dataclass(slots=True)
class ScriptedStream:
    """The server as the test sees it; connections beyond the script stay open and silent."""

    script: list[Connection]
    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    """Path -> body, served over plain HTTP."""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    """Query parameters of each connection, in order."""
    heard: list[str | bytes] = field(default_factory=list)
    """Messages that clients sent."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def cursors(self) -> list[str | None]:
        """The cursor of each connection, in order."""
        return [asked.get("cursor", [None])[0] for asked in self.asked]

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        if parts.path in self.files:
            answer = connection.respond(http.HTTPStatus.OK, "")
            answer.body = self.files[parts.path]
            del answer.headers["Content-Length"]
            answer.headers["Content-Length"] = str(len(answer.body))
            return answer
        if "Upgrade" not in request.headers:
            return connection.respond(http.HTTPStatus.NOT_FOUND, "nothing here\n")
        self.asked.append(parse_qs(parts.query))
        step = self._step(len(self.asked))
        return None if step.refuse is None else connection.respond(http.HTTPStatus(step.refuse[0]), step.refuse[1])

    def _step(self, number: int) -> Connection:
        return self.script[number - 1] if number <= len(self.script) else Connection(stay=True)

    async def _talk(self, connection: ServerConnection) -> None:
        step = self._step(len(self.asked))
        try:
            if "requireHello" in self.asked[-1]:
                self.heard.append(await connection.recv())
            for message in step.messages:
                await connection.send(message)
            if step.stay:
                await connection.wait_closed()
        except ConnectionClosed:
            return


@asynccontextmanager
async def scripted_stream(*script: Connection) -> AsyncIterator[ScriptedStream]:
    """Serve the script on a free port of loopback."""
    stream = ScriptedStream(list(script))
    async with serve(
        stream._talk,
        "127.0.0.1",
        0,
        process_request=stream._answer,
        compression=None,
        select_subprotocol=lambda c, s: None,
    ) as server:
        stream.port = next(iter(server.sockets)).getsockname()[1]
        yield stream
