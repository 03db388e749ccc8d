"""Open connections only to where they may go: the address is checked when the connection is made.

Checking a name first and connecting by name afterwards would let the name's owner change the answer in between.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from skywarden.atproto.identity.addresses import is_domain, is_loopback, is_public
from skywarden.kernel.errors import Rejected, Retryable

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Name and port -> addresses; raises OSError."""

_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class GuardRules:
    """Where connections may go. `allow_loopback` is for development and tests: it adds loopback, any port, http."""

    allow_loopback: bool = False

    def check_url(self, url: httpx.URL) -> None:
        """Refuse a URL before anything is looked up. Raises: Rejected (`fetch-refused`)."""
        if url.userinfo:
            raise _refused(url.host, "a URL without a user", "one")
        if self._is_own_host(url.host):
            return
        if url.scheme != "https":
            raise _refused(str(url)[:80], "https", url.scheme)
        self.check_host(url.host, url.port or _HTTPS_PORT)

    def check_host(self, host: str, port: int) -> None:
        """Refuse a host or port by its form. Raises: Rejected (`fetch-refused`)."""
        if self._is_own_host(host):
            return
        if port != _HTTPS_PORT:
            raise _refused(host, f"port {_HTTPS_PORT}", str(port))
        if not is_domain(host):
            raise _refused(host, "a domain name", "an address or a bare name")

    def check_address(self, host: str, address: str) -> None:
        """Refuse an address that a host resolved to. Raises: Rejected (`fetch-refused`)."""
        if self.allow_loopback and self._is_own_host(host) and is_loopback(address):
            return
        if not is_public(address):
            raise _refused(host, "an address of the public internet", address)

    def _is_own_host(self, host: str) -> bool:
        return self.allow_loopback and host in ("localhost", "127.0.0.1", "::1")


async def system_lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connect to checked addresses; a name with one bad address is refused whole."""

    def __init__(self, rules: GuardRules, lookup: Lookup = system_lookup) -> None:
        self._rules = rules
        self._lookup = lookup
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the base class names it so
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self._rules.check_host(host, port)
        try:
            addresses = await self._lookup(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        for address in addresses:
            self._rules.check_address(host, address)
        failure: Exception = httpcore.ConnectError(f"{host}: no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # the base class names it so
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise _refused(path, "a network address", "a socket file")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class GuardedTransport(httpx.AsyncBaseTransport):
    """An httpx transport whose every connection, also after a redirect, passes the guard."""

    def __init__(
        self, rules: GuardRules, lookup: Lookup = system_lookup, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._rules = rules
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or ssl.create_default_context(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(rules, lookup),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._rules.check_url(request.url)
        assert isinstance(request.stream, httpx.AsyncByteStream)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        inner = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        try:
            response = await self._pool.handle_async_request(inner)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Retryable(f"{request.url.host}: {type(error).__name__}: {error}") from error
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(request.url.host, response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """A response's bytes; the pool's errors become ours."""

    def __init__(self, host: str, response: httpcore.Response) -> None:
        self._host = host
        self._response = response

    async def __aiter__(self) -> Any:  # Any: mypy sees an async generator where the base class says iterator
        try:
            async for part in self._response.aiter_stream():
                yield part
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Retryable(f"{self._host}: {type(error).__name__}: {error}") from error

    async def aclose(self) -> None:
        await self._response.aclose()


def _refused(place: str, expected: str, found: str) -> Rejected:
    return Rejected("fetch-refused", place=place, expected=expected, found=found)
