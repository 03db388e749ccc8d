"""Turn calls of one service's methods into answers: bounded in time, size and number, and none while it fails.

Retry: a query once where its connection broke, anything else never: who asked decides. Two writers: for one event loop
only.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from skywarden.api.upstream.address import SignToken, UpstreamAddress
from skywarden.api.upstream.answer import UpstreamAnswer, UpstreamFailure
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.kernel.clock import Clock
from skywarden.observe.catalog import UPSTREAM_SECONDS
from skywarden.observe.metrics import Metrics

Query = Sequence[tuple[str, str]]
_MOST_REST_S = 60.0
_NOT_ITS_FAULT = (501, 505)


_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class _Question:
    """What goes out, but for the token, which is made anew each time."""

    verb: str
    nsid: str
    query: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class UpstreamLimits:
    """What a service may cost us: seconds and bytes of one call, and calls at a time.

    More than `at_once` wait their turn, within their seconds: a slow service holds up nobody but who asks for it.
    """

    total_s: float = 15.0
    max_bytes: int = 8_000_000
    at_once: int = 30


class Upstream:
    """One service. After three failures in a row it is left alone for 10 s, then longer, at most a minute."""

    def __init__(
        self,
        address: UpstreamAddress,
        http: httpx.AsyncClient,
        sign: SignToken,
        *,
        clock: Clock,
        metrics: Metrics,
        limits: UpstreamLimits | None = None,
    ) -> None:
        self.address = address
        self._http = http
        self._sign = sign
        self._clock = clock
        self._metrics = metrics
        self._limits = limits or UpstreamLimits()
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._breaker = HostBreaker(address.name, clock, per_s=0, most_open_s=_MOST_REST_S)

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def can_be_asked(self) -> bool:
        """Whether a call would go out now: the service is configured and does not rest."""
        return not self.address.missing and not self._breaker.is_open

    async def get(
        self,
        nsid: str,
        query: Query | str = "",
        headers: Mapping[str, str] | None = None,
        *,
        total_s: float | None = None,
    ) -> UpstreamAnswer:
        """Call a query. Raises: UpstreamFailure."""
        text = query if isinstance(query, str) else urlencode(query)
        return await self._call(_Question("GET", nsid, text, headers or {}), total_s)

    async def post(self, nsid: str, body: bytes, headers: Mapping[str, str] | None = None) -> UpstreamAnswer:
        """Call a procedure with a JSON body. Raises: UpstreamFailure."""
        return await self._call(_Question("POST", nsid, "", {**_JSON, **(headers or {})}, body), None)

    async def _call(self, question: _Question, total_s: float | None) -> UpstreamAnswer:
        self._check_open()
        limit_s = min(total_s or self._limits.total_s, self._limits.total_s)
        began_s, outcome = self._clock.monotonic_s(), "failed"
        try:
            async with asyncio.timeout(limit_s), self._turns:
                answer = await self._send_surely(question)
            outcome = str(answer.status)
        except TimeoutError as error:
            self._breaker.failed()
            raise UpstreamFailure(self.name, f"no answer within {limit_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._breaker.failed()
            raise UpstreamFailure(self.name, f"cannot be reached ({type(error).__name__})") from error
        finally:
            took_s = self._clock.monotonic_s() - began_s
            self._metrics.observe(UPSTREAM_SECONDS, took_s, service=self.name, status=outcome)
        if answer.status >= 500 and answer.status not in _NOT_ITS_FAULT:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        return answer

    def _check_open(self) -> None:
        if missing := self.address.missing:
            raise UpstreamFailure(self.name, f"not configured; set {missing}", missing=missing)
        if self._breaker.is_open:
            raise UpstreamFailure(self.name, f"failed repeatedly and is left alone for {self._breaker.wait_s():.0f} s")

    async def _send_surely(self, question: _Question) -> UpstreamAnswer:
        """Send again what changes nothing: a service may close an idle connection in the moment that we take it."""
        try:
            return await self._send(question)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if question.verb != "GET":
                raise
            return await self._send(question)

    async def _send(self, question: _Question) -> UpstreamAnswer:
        url = f"{self.address.url.rstrip('/')}/xrpc/{question.nsid}" + (f"?{question.query}" if question.query else "")
        request = self._http.build_request(question.verb, url, headers=dict(question.headers), content=question.body)
        if authorization := self.address.authorization(question.nsid, self._sign):
            request.headers["authorization"] = authorization
        response = await self._http.send(request, stream=True)
        try:
            return UpstreamAnswer(self.name, response.status_code, response.headers, await self._read(response))
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self._limits.max_bytes:
                raise UpstreamFailure(self.name, f"answers with more than {self._limits.max_bytes} bytes")
        return bytes(body)
