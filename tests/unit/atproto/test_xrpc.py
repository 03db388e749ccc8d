"""The XRPC client: clear errors, bounded answers, patience where it helps."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from servers.http_pages import HttpPages, Page, http_pages
from skywarden.atproto.identity.guard import GuardedTransport, GuardRules
from skywarden.atproto.xrpc import Params, XrpcClient, XrpcLimits, XrpcRefused, XrpcUnavailable
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected

QUERY = "app.bsky.actor.getProfiles"


class Waits:
    """A sleep that only notes how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def client(pages: HttpPages, waits: Waits | None = None, **options: Any) -> XrpcClient:
    return XrpcClient(pages.origin, clock=ManualClock(), sleep=waits or Waits(), **options)


def in_turn(*answers: Page) -> Callable[[str], Page]:
    left = list(answers)
    return lambda path: left.pop(0) if len(left) > 1 else left[0]


def good(value: object = None) -> Page:
    return Page(body=json.dumps({"ok": True} if value is None else value).encode())


def failing(status: int, **headers: str) -> Page:
    return Page(status, b'{"error": "Oops", "message": "no"}', headers)


async def test_a_query_sends_its_parameters_and_reads_its_answer() -> None:
    async with http_pages(in_turn(good())) as pages, client(pages) as xrpc:
        params: Params = {"actors": ["did:plc:a", "did:plc:b"], "limit": 5, "deep": True, "none": None}
        assert await xrpc.query(QUERY, params) == {"ok": True}
        assert pages.seen[0][0] == f"/xrpc/{QUERY}?actors=did%3Aplc%3Aa&actors=did%3Aplc%3Ab&limit=5&deep=true"


async def test_a_procedure_sends_json() -> None:
    async with http_pages(in_turn(good())) as pages, client(pages) as xrpc:
        assert await xrpc.procedure("com.atproto.x.y", {"a": 1}) == {"ok": True}
        assert pages.requests[0].endswith(b'\r\n\r\n{"a":1}')
        assert b"content-type: application/json" in pages.requests[0].lower()


async def test_a_procedure_without_an_answer_is_done() -> None:
    async with http_pages(in_turn(Page())) as pages, client(pages) as xrpc:
        assert await xrpc.procedure("com.atproto.x.y") == {}


async def test_an_answer_is_read_as_the_type_asked_for() -> None:
    class Answer(msgspec.Struct):
        ok: bool

    async with http_pages(in_turn(good(), good({"ok": 5}))) as pages, client(pages) as xrpc:
        assert (await xrpc.query(QUERY, output=Answer)).ok
        with pytest.raises(Rejected) as error:
            await xrpc.query(QUERY, output=Answer)
    assert error.value.reason == "xrpc-response"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"a": NaN}', b"\xff"])
async def test_an_answer_that_is_not_what_it_should_be_is_refused(body: bytes) -> None:
    async with http_pages(in_turn(Page(body=body))) as pages, client(pages) as xrpc:
        with pytest.raises(Rejected) as error:
            await xrpc.query(QUERY)
    assert error.value.reason == "xrpc-response"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
async def test_a_refusal_says_what_the_service_said_and_is_not_repeated(status: int) -> None:
    async with http_pages(in_turn(failing(status, location="/x"))) as pages, client(pages) as xrpc:
        with pytest.raises(XrpcRefused) as error:
            await xrpc.query(QUERY)
        assert (error.value.status, error.value.error, error.value.message) == (status, "Oops", "no")
        assert len(pages.seen) == 1


async def test_an_error_without_json_is_told_too() -> None:
    async with http_pages(in_turn(Page(400, b"plain words"))) as pages, client(pages) as xrpc:
        with pytest.raises(XrpcRefused, match="plain words"):
            await xrpc.query(QUERY)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_query_is_tried_again_with_growing_waits(status: int) -> None:
    waits = Waits()
    answers = in_turn(failing(status), failing(status), good())
    async with http_pages(answers) as pages, client(pages, waits) as xrpc:
        assert await xrpc.query(QUERY) == {"ok": True}
    assert 0.25 <= waits.seconds[0] <= 0.5 <= waits.seconds[1] <= 1.0


async def test_a_query_is_given_up_after_its_attempts() -> None:
    waits = Waits()
    async with http_pages(in_turn(failing(503))) as pages, client(pages, waits, limits=XrpcLimits(attempts=3)) as xrpc:
        with pytest.raises(XrpcUnavailable, match="503 Oops no"):
            await xrpc.query(QUERY)
        assert len(pages.seen) == 3
    assert len(waits.seconds) == 2


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
        ({"ratelimit-reset": "1700000009"}, 9.0),
    ],
)
async def test_the_service_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    waits = Waits()
    async with http_pages(in_turn(failing(429, **headers), good())) as pages, client(pages, waits) as xrpc:
        await xrpc.query(QUERY)
    assert waits.seconds == [seconds]


@pytest.mark.parametrize("text", ["soon", "-5", "1e9", "٣"])
async def test_a_wait_that_cannot_be_read_does_not_count(text: str) -> None:
    waits = Waits()
    page = Page(429, b"{}", {"retry-after": text.encode().decode("latin-1")})
    async with http_pages(in_turn(page, good())) as pages, client(pages, waits) as xrpc:
        await xrpc.query(QUERY)
    assert waits.seconds[0] <= 0.5


async def test_a_service_that_asks_for_an_hour_is_given_up() -> None:
    waits = Waits()
    async with http_pages(in_turn(failing(429, **{"retry-after": "3600"}))) as pages, client(pages, waits) as xrpc:
        with pytest.raises(XrpcUnavailable) as error:
            await xrpc.query(QUERY)
    assert error.value.retry_after_s == 3_600
    assert waits.seconds == []


@pytest.mark.parametrize("status, calls", [(500, 1), (502, 1), (429, 2), (503, 2)])
async def test_a_procedure_is_repeated_only_where_nothing_was_done(status: int, calls: int) -> None:
    async with http_pages(in_turn(failing(status), good())) as pages, client(pages) as xrpc:
        if calls == 1:
            with pytest.raises(XrpcUnavailable):
                await xrpc.procedure("com.atproto.x.y", {})
        else:
            await xrpc.procedure("com.atproto.x.y", {})
        assert len(pages.seen) == calls


async def test_each_attempt_has_its_own_token() -> None:
    tokens = iter(["Bearer one", "Bearer two"])
    async with (
        http_pages(in_turn(failing(503), good())) as pages,
        client(pages, authorize=lambda nsid: next(tokens)) as xrpc,
    ):
        await xrpc.query(QUERY)
        assert [request.split(b"Bearer ")[1][:3] for request in pages.requests] == [b"one", b"two"]


@pytest.mark.parametrize(
    "page", [Page(body=b"x" * 1_000, endless=True), Page(body=b" " * 20_000), Page(500, b"x" * 20_000)]
)
async def test_an_answer_past_the_limit_is_refused(page: Page) -> None:
    limits = XrpcLimits(max_bytes=10_000)
    async with http_pages(in_turn(page)) as pages, client(pages, limits=limits) as xrpc:
        with pytest.raises(Rejected) as error:
            await xrpc.query(QUERY)
    assert error.value.reason == "xrpc-too-large"


async def test_a_service_that_is_not_there_is_worth_another_try() -> None:
    async with http_pages(in_turn(good())) as pages:
        origin = pages.origin
    waits = Waits()
    async with XrpcClient(origin, sleep=waits) as xrpc:
        with pytest.raises(XrpcUnavailable):
            await xrpc.procedure("com.atproto.x.y", {})
    assert len(waits.seconds) == 3


async def test_a_service_that_strangers_name_goes_through_the_guard() -> None:
    async with http_pages(in_turn(good())) as pages:
        async with client(pages, transport=GuardedTransport(GuardRules(allow_loopback=True))) as xrpc:
            assert await xrpc.query(QUERY) == {"ok": True}
        async with client(pages, transport=GuardedTransport(GuardRules())) as xrpc:
            with pytest.raises(Rejected) as error:
                await xrpc.query(QUERY)
    assert error.value.reason == "fetch-refused"
