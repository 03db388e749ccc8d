"""Serve the API on loopback inside a test's event loop, over a temporary database."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from identities import ADMIN, ALICE, BOB, DISABLED, MODERATOR, TRIAGE, VERIFIER, Person, resolver_of
from label_samples import LABELER, make_labels
from proposals import make_service
from skywarden.api.app import make_api
from skywarden.api.auth import AuthVerifier
from skywarden.api.rate_limit import RateLimits
from skywarden.api.services import Services
from skywarden.api.used_tokens import SqlReplayStore
from skywarden.app.server import listen, make_server
from skywarden.atproto.jwt import make_service_jwt
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.model.team import Member, Role
from skywarden.moderation.desk import open_desk
from skywarden.moderation.reports.services import Durations, open_reports
from skywarden.moderation.scheduled import ScheduledActions
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from upstreams import make_directory, make_upstreams

SUBSCRIBE = "/xrpc/com.atproto.label.subscribeLabels"
QUERY = "/xrpc/com.atproto.label.queryLabels"
REPORT = "/xrpc/com.atproto.moderation.createReport"


ADMIN_PASSWORD = "open sesame"
PEOPLE = (ALICE, BOB, ADMIN, MODERATOR, TRIAGE, VERIFIER, DISABLED)


class Team:
    """The members whom tests call as; ALICE and BOB are none."""

    def role_of(self, did: Did) -> Member | None:
        roles = {
            ADMIN.did: Role.ADMIN,
            MODERATOR.did: Role.MODERATOR,
            TRIAGE.did: Role.TRIAGE,
            VERIFIER.did: Role.VERIFIER,
            DISABLED.did: Role.MODERATOR,
        }
        role = roles.get(did)
        return None if role is None else Member(did, role, disabled=did == DISABLED.did)


def make_services(database: Database, *, did: Did = LABELER, **changes: Any) -> Services:
    """Every service over one database and a clock moved by hand; `changes` replace fields of `Services`."""
    clock, metrics = ManualClock(), Metrics()
    upstreams = make_upstreams(clock=clock, metrics=metrics)
    desk = open_desk(database, clock, did)
    moderation = make_service(database, clock)
    services = Services(
        moderation=moderation,
        scheduled=ScheduledActions(database, moderation, clock),
        labels=make_labels(database, clock, metrics=metrics),
        database=database,
        desk=desk,
        reports=open_reports(database, did, clock, metrics, desk.options.policies, Durations()),
        auth=AuthVerifier(
            did,
            resolver_of(PEOPLE),
            clock,
            roles=Team(),
            replay=SqlReplayStore(database, clock),
            admin_password=ADMIN_PASSWORD,
        ),
        did=did,
        public_url="https://labeler.example",
        upstreams=upstreams,
        directory=make_directory(upstreams, clock=clock),
        limits=RateLimits.a_minute(10_000, 10_000),
        metrics=metrics,
        clock=clock,
    )
    return replace(services, **changes)


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running server and a client for it."""

    services: Services
    port: int
    http: httpx.AsyncClient

    def subscribe(self, cursor: int | str | None = None) -> connect:
        """Open a label subscription; use it with `async with`."""
        query = "" if cursor is None else f"?cursor={cursor}"
        url = f"ws://127.0.0.1:{self.port}{SUBSCRIBE}{query}"
        return connect(url, compression=None, proxy=None)

    def token(self, person: Person, nsid: str, *, aud: str = "") -> dict[str, str]:
        """The header by which `person` calls `nsid` once."""
        return person_token(self.services, person, nsid, aud=aud)

    async def get(self, nsid: str, person: Person | None = MODERATOR, /, **params: Any) -> httpx.Response:
        """Call a query as `person`; None is nobody. A list is given by repeating its name."""
        headers = {} if person is None else self.token(person, nsid)
        return await self.http.get(f"/xrpc/{nsid}", params=params, headers=headers)

    async def post(self, nsid: str, body: object, person: Person | None = MODERATOR, /) -> httpx.Response:
        """Call a procedure as `person`; None is nobody."""
        headers = {} if person is None else self.token(person, nsid)
        return await self.http.post(f"/xrpc/{nsid}", json=body, headers=headers)


def person_token(services: Services, person: Person, nsid: str, *, aud: str = "") -> dict[str, str]:
    """The header by which `person` calls `nsid` once."""
    audience = aud or f"{services.did}#atproto_labeler"
    return {"Authorization": f"Bearer {make_service_jwt(person.key, person.did, audience, nsid, services.clock)}"}


def admin_password() -> dict[str, str]:
    """The header of who knows the administrator's password."""
    return {"Authorization": "Basic " + base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()}


async def until(condition: Callable[[], object]) -> None:
    """Let other tasks run until the condition holds; the test's timeout ends what never does."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event to wait on
        await asyncio.sleep(0)


async def stalled_subscriber(port: int) -> socket.socket:
    """Shake hands by hand, then never read; the kernel holds only a few kilobytes for it."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    await loop.sock_connect(sock, ("127.0.0.1", port))
    lines = [
        f"GET {SUBSCRIBE}?cursor=0 HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode())
    assert (await loop.sock_recv(sock, 12)) == b"HTTP/1.1 101"
    return sock


@asynccontextmanager
async def serving(services: Services, *, send_buffer_bytes: int = 0) -> AsyncIterator[ApiServer]:
    sock = listen("127.0.0.1", 0)
    if send_buffer_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    port = int(sock.getsockname()[1])
    server = make_server(make_api(services))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    await until(lambda: server.started)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        yield ApiServer(services, port, http)
    server.should_exit = True
    await running


async def receive_bytes(connection: ClientConnection) -> bytes:
    message = await connection.recv()
    assert isinstance(message, bytes)
    return message
