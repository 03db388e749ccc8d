"""Fetch public documents by URL, and send some, bounded in place, size, time, redirects and rate."""

import asyncio
import ssl
import zlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Final

import httpx

from skywarden.atproto.identity.guard import GuardedTransport, GuardRules, Lookup, system_lookup
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected, Retryable

_MAX_HOSTS: Final = 10_000
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost."""

    max_bytes: int = 256 * 1024
    total_s: float = 10.0
    connect_s: float = 5.0
    max_redirects: int = 3
    per_host: int = 3_000
    """Fetches of one host within `per_host_s`; 0 turns the limit off."""
    per_host_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response, read whole."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class GuardedFetcher:
    """GET from and POST to hosts that strangers name.

    Only https on port 443 of public addresses, checked when each connection is made and again for each redirect.
    With `allow_loopback` (development and tests) also http and any port of this machine.
    Raises: Rejected (`fetch-refused`, `fetch-too-large`, `fetch-redirects`, `fetch-encoding`) for what will not get
    better, Retryable for time limits, broken connections and rate limits.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        limits: FetchLimits | None = None,
        lookup: Lookup = system_lookup,
        clock: Clock | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._rates = _HostRates(self._limits, clock or SystemClock())
        transport = GuardedTransport(GuardRules(allow_loopback), lookup, ssl_context)
        timeout = httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s)
        self._client = httpx.AsyncClient(
            transport=transport, timeout=timeout, trust_env=False, follow_redirects=False, cookies=None
        )

    async def __aenter__(self) -> "GuardedFetcher":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch one URL, following redirects. The status may be any: who asks decides what it means."""
        return await self._got(url, headers, None)

    async def save(self, url: str, file: BinaryIO, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch one URL into a file, as it comes. Where the status is not 200 the body is in the answer instead."""
        return await self._got(url, headers, file)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
        """Send a body to one URL; a redirect is an answer, nothing is sent elsewhere."""
        target = _parsed(url)
        try:
            async with asyncio.timeout(self._limits.total_s):
                self._rates.take(target.host)
                given = {"accept-encoding": "identity", **headers}
                request = self._client.build_request("POST", target, headers=given, content=body)
                response = await self._client.send(request, stream=True)
                try:
                    answer = await _read(response, self._limits.max_bytes)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise Retryable(f"{target.host}: not done within {self._limits.total_s} s") from error
        return Fetched(response.status_code, url, dict(response.headers), answer)

    async def _got(self, url: str, headers: Mapping[str, str] | None, file: BinaryIO | None) -> Fetched:
        try:
            async with asyncio.timeout(self._limits.total_s):
                return await self._follow(_parsed(url), headers or {}, file)
        except TimeoutError as error:
            raise Retryable(f"{url}: not done within {self._limits.total_s} s") from error

    async def _follow(self, url: httpx.URL, headers: Mapping[str, str], file: BinaryIO | None) -> Fetched:
        for _ in range(self._limits.max_redirects + 1):
            self._rates.take(url.host)
            request = self._client.build_request("GET", url, headers={"accept-encoding": "identity", **headers})
            response = await self._client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    limit, sink = self._limits.max_bytes, file if response.status_code == _OK else None
                    body = await _read(response, limit) if sink is None else await _write(response, limit, sink)
                    return Fetched(response.status_code, str(url), dict(response.headers), body)
                url = url.join(_parsed(response.headers["location"]))
            finally:
                await response.aclose()
        raise Rejected(
            "fetch-redirects", place=str(url), expected=f"at most {self._limits.max_redirects}", found="more"
        )


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    """Read a body to its end, or to the limit. Compressed bodies are counted by what they unfold to."""
    return b"".join([part async for part in _bounded(response, max_bytes)])


async def _write(response: httpx.Response, max_bytes: int, file: BinaryIO) -> bytes:
    """Write a body to a file; what is left for the answer is empty."""
    async for part in _bounded(response, max_bytes):
        await asyncio.to_thread(file.write, part)
    return b""


async def _bounded(response: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    total = 0
    async for part in _unfolded(response, max_bytes):
        total += len(part)
        if total > max_bytes:
            found = f"more, from {response.request.url.host}"
            raise Rejected("fetch-too-large", expected=f"at most {max_bytes} bytes", found=found)
        yield part


async def _unfolded(response: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        async for part in response.aiter_raw():
            yield part
        return
    if encoding != "gzip":
        raise Rejected("fetch-encoding", expected="identity or gzip", found=encoding[:40])
    unzip = zlib.decompressobj(wbits=31)
    async for part in response.aiter_raw():
        try:
            yield unzip.decompress(part, max_bytes + 1)
        except zlib.error as error:
            raise Rejected("fetch-encoding", expected="gzip", found=str(error)) from error
        if unzip.unconsumed_tail:
            raise Rejected("fetch-too-large", expected=f"at most {max_bytes} bytes", found="more, unzipped")


class _HostRates:
    """Count the fetches of each host in a sliding window."""

    def __init__(self, limits: FetchLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, host: str) -> None:
        """Count one fetch. Raises: Retryable when the host has had its share."""
        if self._limits.per_host == 0:
            return
        now = self._clock.monotonic_s()
        times = self._times.setdefault(host, deque())
        self._times.move_to_end(host)
        while times and times[0] <= now - self._limits.per_host_s:
            times.popleft()
        if len(times) >= self._limits.per_host:
            raise Retryable(f"{host}: {self._limits.per_host} fetches within {self._limits.per_host_s} s are enough")
        times.append(now)
        if len(self._times) > _MAX_HOSTS:
            self._times.popitem(last=False)


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Rejected("fetch-refused", expected="a URL", found=repr(url[:80])) from error
