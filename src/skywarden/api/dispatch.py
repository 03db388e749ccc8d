"""Answer the HTTP requests under /xrpc: one look into a dict, then who, how often, what, and the method itself."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event

from starlette.types import ASGIApp, Receive, Scope, Send

from skywarden.api.answers import Header, Reply, broken_answer, error_answer, json_answer, refusal
from skywarden.api.auth import Claim
from skywarden.api.caller import Access
from skywarden.api.cors import any_origin, preflight
from skywarden.api.method import Answer, Call
from skywarden.api.names import INVALID_REQUEST, PAYLOAD_TOO_LARGE, RATE_LIMITED
from skywarden.api.rate_limit import network_of
from skywarden.api.registry import AnyMethod
from skywarden.api.services import Services
from skywarden.api.workers import Workers
from skywarden.kernel.errors import Rejected, Retryable, SkywardenError
from skywarden.observe.catalog import API_FAILED, API_SECONDS
from skywarden.observe.logs import Logger

_XRPC = "/xrpc/"


class _ClientGone(Exception):
    """The client left before its request was whole."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What the steps of one request share."""

    method: AnyMethod
    services: Services
    verb: str
    query: bytes
    headers: Mapping[bytes, bytes]
    address: str
    receive: Receive


class XrpcApp:
    """The ASGI application of /xrpc; what is no query and no procedure goes to `others`.

    Crash: an answer is sent only after its handler returned; what the handler promises is durable by then.
    Two writers: handlers run at once in up to 16 threads; the database orders their writes.
    """

    def __init__(
        self, services: Services, methods: Mapping[str, AnyMethod], others: ASGIApp, prefix: str = _XRPC
    ) -> None:
        self._services = services
        self._prefix = prefix
        self._methods = methods
        self._others = others
        self._workers = Workers()
        self._observers: dict[tuple[str, int], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = self._methods.get(scope["path"].removeprefix(self._prefix)) if scope["type"] == "http" else None
        if method is None:
            await self._others(scope, receive, send)
            return
        headers = _headers(scope["headers"])
        if scope["method"] == "OPTIONS":
            await preflight(headers)(scope, receive, send)
            return
        services, client = self._services, scope.get("client")
        address = client[0] if client else ""
        request = _Request(method, services, scope["method"], scope["query_string"], headers, address, receive)
        began_s = services.clock.monotonic_s()
        try:
            reply = await self._answer(request)
        except _ClientGone:
            return
        took_s = services.clock.monotonic_s() - began_s
        self._observe(method.nsid, reply.status, took_s)
        await reply.adding(any_origin(headers))(scope, receive, send)

    def _observe(self, nsid: str, status: int, took_s: float) -> None:
        observe = self._observers.get((nsid, status))
        if observe is None:
            observe = self._services.metrics.observer(API_SECONDS, method=nsid, status=str(status))
            self._observers[nsid, status] = observe
        observe(took_s)

    async def _answer(self, request: _Request) -> Reply:
        method, services = request.method, request.services
        if request.verb not in method.verbs:
            message = f"{method.nsid} is called with {method.verbs[0]}, not {request.verb}"
            return error_answer(405, INVALID_REQUEST, message, {"Allow": ", ".join(method.verbs)})
        claim, fault = None, None
        try:
            claim = await self._identify(request)
        except SkywardenError as error:
            fault = error
        # Who is nobody, or fails to say who they are, is counted by address: guessing has an end.
        counted = Access.PUBLIC if claim is None else method.access
        allowance = services.limits.take(counted, claim.did if claim else network_of(request.address), services.clock)
        if allowance is not None and allowance.retry_s is not None:
            reply = refusal(Rejected(RATE_LIMITED, expected=f"at most {allowance.limit} in {allowance.window_s} s"))
        elif fault is not None:
            reply = _refused(fault, method)
        else:
            reply = await self._guarded(request, claim)
        return reply if allowance is None else reply.adding(allowance.headers())

    async def _guarded(self, request: _Request, claim: Claim | None) -> Reply:
        """Call the method; whatever it raises becomes an answer."""
        try:
            return await self._call(request, claim)
        except SkywardenError as error:
            return _refused(error, request.method)
        except _ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - one method's fault ends one request; it is logged and counted
            Logger("api").error(API_FAILED, error=error, method=request.method.nsid)
            return broken_answer()

    async def _identify(self, request: _Request) -> Claim | None:
        authorization = request.headers.get(b"authorization")
        header = None if authorization is None else authorization.decode("latin-1")
        return await request.services.auth.identify(header, request.method.nsid, request.method.access)

    async def _call(self, request: _Request, claim: Claim | None) -> Reply:
        """Read the input, use the token up and run the handler: all that may block in one visit to a worker thread."""
        method = request.method
        params = method.read_params(request.query)
        body = method.read_body(await _body(request)) if method.body is not None else None
        await request.services.auth.use_up(claim)
        if method.is_long:
            return await self._run_while_wanted(request, claim, params, body)
        if method.blocks:
            return await self._workers.run(_run, request, claim, params, body, _is_there)
        services = request.services
        if claim is None or claim.token is None:  # nobody and the password need no look at the team
            caller = services.auth.admit(claim, method.access)
        else:
            caller = await self._workers.run(services.auth.admit, claim, method.access)
        call = Call(params, body, caller, services, services.clock.now_us(), request.query, request.headers)
        return _reply(await method.handle(call))  # type: ignore[misc]  # `blocks` says that this is a coroutine

    async def _run_while_wanted(self, request: _Request, claim: Claim | None, params: object, body: object) -> Reply:
        """Run what takes long, and tell it when its client leaves."""
        gone = Event()
        watching = asyncio.ensure_future(_watch(request.receive, gone))
        try:
            return await self._workers.run(_run, request, claim, params, body, gone.is_set)
        finally:
            gone.set()
            watching.cancel()


def _is_there() -> bool:
    """Who asks for something short is taken to wait for it."""
    return False


async def _watch(receive: Receive, gone: Event) -> None:
    """Notice when the client leaves."""
    while not gone.is_set():
        if (await receive())["type"] == "http.disconnect":
            gone.set()


def _headers(given: Sequence[Header]) -> dict[bytes, bytes]:
    """By name; what is given several times is one list."""
    found = dict(given)
    if len(found) < len(given):
        for name in found:
            found[name] = b", ".join(value for other, value in given if other == name)
    return found


def _refused(error: SkywardenError, method: AnyMethod) -> Reply:
    if not isinstance(error, (Rejected, Retryable)):
        Logger("api").error(API_FAILED, error=error, method=method.nsid)
    return refusal(error, method.errors)


def _run(request: _Request, claim: Claim | None, params: object, body: object, is_gone: Callable[[], bool]) -> Reply:
    method, services = request.method, request.services
    caller = services.auth.admit(claim, method.access)
    call = Call(params, body, caller, services, services.clock.now_us(), request.query, request.headers, is_gone)
    return _reply(method.handle(call))


def _reply(value: object) -> Reply:
    if isinstance(value, Reply):
        return value
    if isinstance(value, Answer):
        return json_answer(value.value, headers=value.headers)
    return json_answer(value)


async def _body(request: _Request) -> bytes:
    """Read the JSON body. Raises: Rejected, before more than the limit is held; _ClientGone."""
    content_type = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if content_type != b"application/json":
        raise Rejected(INVALID_REQUEST, place="Content-Type", expected="application/json", found=repr(content_type))
    limit, body = request.method.body_bytes, bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise _ClientGone
        body += message.get("body", b"")
        if len(body) > limit:
            raise Rejected(PAYLOAD_TOO_LARGE, place="body", expected=f"at most {limit} bytes")
        if not message.get("more_body", False):
            return bytes(body)
