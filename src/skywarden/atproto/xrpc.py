"""Call XRPC methods of other services: JSON in and out, bounded, tried again where that may help."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar, overload

import httpx
import msgspec

from skywarden.kernel.clock import SECOND_US, Clock, SystemClock
from skywarden.kernel.errors import Rejected, Retryable

Scalar = str | int | bool
Params = Mapping[str, Scalar | Sequence[Scalar] | None]
Authorize = Callable[[str], str]
"""NSID of the method -> value of the Authorization header, such as a service token made for it."""

_T = TypeVar("_T")
_BUSY: Final = frozenset((408, 425, 429))
_ERROR_BYTES: Final = 4_096


class XrpcRefused(Rejected):
    """The service will not do it. `status` and `error` (its name for the reason) are the service's own."""

    def __init__(self, place: str, status: int, error: str, message: str) -> None:
        self.status = status
        self.error = error
        self.message = message
        super().__init__("xrpc-refused", place=place, expected="status 200", found=f"{status} {error}: {message}")


class XrpcUnavailable(Retryable):
    """The service cannot do it now. `retry_after_s` is when it asked to be asked again."""

    def __init__(self, place: str, why: str, retry_after_s: float | None = None, *, was_sent: bool = True) -> None:
        self.retry_after_s = retry_after_s
        self.was_sent = was_sent
        super().__init__(f"{place}: {why}")


XrpcError = XrpcRefused | XrpcUnavailable


@dataclass(frozen=True, slots=True)
class XrpcLimits:
    """What one call may cost."""

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    """A service that asks for more patience than this is given up."""
    timeout_s: float = 15.0
    max_bytes: int = 8_000_000


class XrpcClient:
    """Methods of one service.

    A query is tried again after any passing failure; a procedure only where the service said that it did nothing (429,
    503) or was not reached. For hosts that strangers name pass a `GuardedTransport`.
    """

    def __init__(
        self,
        service: str,
        *,
        authorize: Authorize | None = None,
        headers: Mapping[str, str] | None = None,
        limits: XrpcLimits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._service = service.rstrip("/")
        self._authorize = authorize
        self._limits = limits or XrpcLimits()
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._http = httpx.AsyncClient(
            transport=transport,
            headers={"accept": "application/json", "accept-encoding": "identity", **(headers or {})},
            timeout=self._limits.timeout_s,
            trust_env=False,
        )

    async def __aenter__(self) -> "XrpcClient":
        return self

    async def __aexit__(self, *exit_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    @overload
    async def query(self, nsid: str, params: Params | None = None) -> dict[str, Any]: ...
    @overload
    async def query(self, nsid: str, params: Params | None = None, *, output: type[_T]) -> _T: ...
    async def query(self, nsid: str, params: Params | None = None, *, output: Any = dict[str, Any]) -> Any:
        """Call a query; the answer is read as `output`. Raises: XrpcRefused, XrpcUnavailable, Rejected."""
        request = self._http.build_request("GET", self._url(nsid), params=httpx.QueryParams(_pairs(params or {})))
        return _typed(nsid, await self._call(nsid, request, is_query=True), output)

    @overload
    async def procedure(self, nsid: str, body: object = None) -> dict[str, Any]: ...
    @overload
    async def procedure(self, nsid: str, body: object = None, *, output: type[_T]) -> _T: ...
    async def procedure(self, nsid: str, body: object = None, *, output: Any = dict[str, Any]) -> Any:
        """Call a procedure; no answer reads as {}. Raises: XrpcRefused, XrpcUnavailable, Rejected."""
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"content-type": "application/json"}
        request = self._http.build_request("POST", self._url(nsid), content=content, headers=headers)
        return _typed(nsid, await self._call(nsid, request, is_query=False) or b"{}", output)

    def _url(self, nsid: str) -> str:
        return f"{self._service}/xrpc/{nsid}"

    async def _call(self, nsid: str, request: httpx.Request, *, is_query: bool) -> bytes:
        attempt = 1
        while True:
            if self._authorize is not None:  # each attempt its own token: one that was sent is spent
                request.headers["authorization"] = self._authorize(nsid)
            try:
                return await self._once(nsid, request)
            except XrpcUnavailable as error:
                harmless = is_query or not error.was_sent
                wait = self._wait_s(attempt, error.retry_after_s)
                if not harmless or wait is None:
                    raise
            await self._sleep(wait)
            attempt += 1

    def _wait_s(self, attempt: int, asked_s: float | None) -> float | None:
        """Seconds until the next attempt: as asked, or doubling with jitter; None to give up."""
        if attempt >= self._limits.attempts or (asked_s or 0.0) > self._limits.longest_wait_s:
            return None
        wait = min(self._limits.first_wait_s * 2.0 ** (attempt - 1), self._limits.longest_wait_s)
        return float(max(asked_s or 0.0, wait * random.uniform(0.5, 1.0)))  # noqa: S311  # jitter, no secret

    async def _once(self, nsid: str, request: httpx.Request) -> bytes:
        try:
            response = await self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise XrpcUnavailable(nsid, f"{self._service} not reached: {error}", was_sent=False) from error
        except httpx.HTTPError as error:
            raise XrpcUnavailable(nsid, f"{self._service}: {type(error).__name__} {error}") from error
        except Retryable as error:
            raise XrpcUnavailable(nsid, str(error)) from error
        try:
            if response.status_code == 200:
                return await self._body(nsid, response, self._limits.max_bytes)
            raise self._failure(nsid, response, await self._body(nsid, response, self._limits.max_bytes))
        finally:
            await response.aclose()

    async def _body(self, nsid: str, response: httpx.Response, max_bytes: int) -> bytes:
        body = bytearray()
        try:
            async for part in response.aiter_raw():
                body += part
                if len(body) > max_bytes:
                    raise Rejected("xrpc-too-large", place=nsid, expected=f"at most {max_bytes} bytes", found="more")
        except (httpx.HTTPError, Retryable) as error:
            raise XrpcUnavailable(nsid, f"{self._service} broke off: {error}") from error
        return bytes(body)

    def _failure(self, nsid: str, response: httpx.Response, body: bytes) -> XrpcRefused | XrpcUnavailable:
        status = response.status_code
        error, message = _error_fields(body[:_ERROR_BYTES])
        if status in _BUSY or status >= 500:
            why = f"status {status} {error} {message}".rstrip()
            return XrpcUnavailable(nsid, why, self._retry_after_s(response), was_sent=status not in (429, 503))
        return XrpcRefused(nsid, status, error, message)

    def _retry_after_s(self, response: httpx.Response) -> float | None:
        """Read Retry-After (seconds or a date), or the end of the rate limit's window."""
        text = response.headers.get("retry-after", "").strip()
        now_s = self._clock.now_us() / SECOND_US
        if text.isdecimal():
            return float(text[:12])
        if text:
            try:
                return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
            except ValueError:
                return None
        reset = response.headers.get("ratelimit-reset", "")
        return max(0.0, float(reset[:12]) - now_s) if response.status_code == 429 and reset.isdecimal() else None


class _ErrorBody(msgspec.Struct, frozen=True):
    error: str = ""
    message: str = ""


def _error_fields(body: bytes) -> tuple[str, str]:
    try:
        fields = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", body[:200].decode(errors="replace")
    return fields.error[:200], fields.message[:1_000]


def _typed(nsid: str, body: bytes, output: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=output)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(
            "xrpc-response", place=nsid, expected="the method's output as JSON", found=str(error)[:200]
        ) from error


def _pairs(params: Params) -> list[tuple[str, str | int | float | bool | None]]:
    """Write parameters as the specification says: lists repeat the name, booleans are words."""
    pairs: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in params.items():
        if value is None:
            continue
        values: Sequence[Scalar] = [value] if isinstance(value, (str, int)) else value
        pairs += [(name, str(item).lower() if isinstance(item, bool) else str(item)) for item in values]
    return pairs
