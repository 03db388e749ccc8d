"""Calls of other services carry the labeler's authorization, and no service can cost more than its limits."""

import asyncio
import base64

import pytest

from label_samples import KEY, LABELER
from servers.http_pages import Page, http_pages
from skywarden.api.upstream import UpstreamFailure, UpstreamLimits
from skywarden.kernel.clock import ManualClock
from skywarden.observe.catalog import UPSTREAM_SECONDS
from skywarden.observe.metrics import Metrics
from upstreams import APPVIEW_DID, header_of, json_page, jwt_claims, make_upstreams

NSID = "app.bsky.actor.getProfile"
QUICK = UpstreamLimits(total_s=0.2, max_bytes=1_000, at_once=2)


async def test_a_call_carries_a_token_for_that_service_and_that_method() -> None:
    clock = ManualClock()
    async with http_pages(lambda _: json_page({"handle": "a.test"})) as pages:
        upstreams = make_upstreams(appview=pages.origin, clock=clock)
        answer = await upstreams.appview.get(NSID, [("actor", "did:plc:a b")])
    assert answer.read(dict) == {"handle": "a.test"}
    assert pages.seen[0][0] == f"/xrpc/{NSID}?actor=did%3Aplc%3Aa+b"
    claims = jwt_claims(header_of(pages, "authorization") or "")
    assert (claims["iss"], claims["aud"], claims["lxm"]) == (f"{LABELER}#atproto_labeler", APPVIEW_DID, NSID)
    assert claims["exp"] - claims["iat"] == 60


async def test_the_token_is_signed_by_the_key_of_the_labels() -> None:
    clock = ManualClock()
    async with http_pages(lambda _: json_page({})) as pages:
        await make_upstreams(pds=pages.origin, clock=clock).pds.get("com.atproto.admin.getAccountInfo")
    token = (header_of(pages, "authorization") or "").removeprefix("Bearer ")
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    assert KEY.public.verify(signed.encode(), raw)


async def test_a_pds_with_an_admin_password_is_asked_with_it() -> None:
    async with http_pages(lambda _: json_page({})) as pages:
        upstreams = make_upstreams(pds=pages.origin, pds_password="open:sesame")
        await upstreams.pds.post("com.atproto.temp.revokeAccountCredentials", b'{"account":"a.test"}')
    assert header_of(pages, "authorization") == "Basic " + base64.b64encode(b"admin:open:sesame").decode()
    assert pages.requests[0].endswith(b'\r\n\r\n{"account":"a.test"}')
    assert "sesame" not in repr(upstreams.pds.address)


async def test_an_appview_without_a_did_is_asked_as_a_stranger() -> None:
    async with http_pages(lambda _: json_page({})) as pages:
        await make_upstreams(appview=pages.origin, appview_did="").appview.get(NSID)
    assert header_of(pages, "authorization") is None


@pytest.mark.parametrize(
    ("name", "setting"), [("pds", "network.pds_url"), ("appview", "network.appview_url"), ("chat", "network.chat_url")]
)
async def test_a_service_that_is_not_configured_names_the_missing_setting(name: str, setting: str) -> None:
    with pytest.raises(UpstreamFailure, match=f"set {setting}") as failure:
        await getattr(make_upstreams(), name).get(NSID)
    assert failure.value.missing == setting


async def test_an_error_of_the_service_is_an_answer() -> None:
    async with http_pages(lambda _: json_page({"error": "InvalidRequest"}, 400)) as pages:
        answer = await make_upstreams(appview=pages.origin).appview.get(NSID)
    assert (answer.status, answer.is_json, answer.body) == (400, True, b'{"error": "InvalidRequest"}')


async def test_a_redirect_is_not_followed() -> None:
    async with http_pages(lambda _: Page(302, b"", {"location": "http://127.0.0.1:1/elsewhere"})) as pages:
        answer = await make_upstreams(appview=pages.origin).appview.get(NSID)
    assert (answer.status, len(pages.seen)) == (302, 1)


async def test_a_silent_service_is_given_up_in_time_and_then_left_alone() -> None:
    clock, metrics = ManualClock(), Metrics()
    async with http_pages(lambda _: Page(hangs=True)) as pages:
        appview = make_upstreams(appview=pages.origin, clock=clock, metrics=metrics, limits=QUICK).appview
        for _ in range(3):
            with pytest.raises(UpstreamFailure, match=r"no answer within 0\.2 s"):
                await appview.get(NSID)
        with pytest.raises(UpstreamFailure, match="left alone for 10 s"):
            await appview.get(NSID)
        assert len(pages.seen) == 3
        assert not appview.can_be_asked
        pages.answer = lambda _: json_page({})
        clock.at_s += 10.1
        assert (await appview.get(NSID)).status == 200
    labels = {"service": "AppView", "status": "failed"}
    assert metrics.registry.get_sample_value(f"{UPSTREAM_SECONDS.name}_count", labels) == 3


async def test_a_dead_service_is_a_failure_not_a_crash() -> None:
    async with http_pages({}) as pages:
        origin = pages.origin
    with pytest.raises(UpstreamFailure, match="AppView: cannot be reached"):
        await make_upstreams(appview=origin).appview.get(NSID)


async def test_a_slow_service_holds_up_nobody_who_asks_another() -> None:
    async with http_pages(lambda _: Page(hangs=True)) as slow, http_pages(lambda _: json_page({})) as quick:
        limits = UpstreamLimits(total_s=30.0, at_once=2)
        upstreams = make_upstreams(appview=slow.origin, pds=quick.origin, limits=limits)
        waiting = [asyncio.create_task(upstreams.appview.get(NSID)) for _ in range(200)]
        async with asyncio.timeout(5):
            assert (await upstreams.pds.get("com.atproto.server.describeServer")).status == 200
        assert len(slow.seen) <= 2
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_an_endless_answer_is_cut_off() -> None:
    async with http_pages(lambda _: Page(body=b"x" * 100, endless=True)) as pages:
        appview = make_upstreams(appview=pages.origin, limits=UpstreamLimits(total_s=5.0, max_bytes=1_000)).appview
        with pytest.raises(UpstreamFailure, match="more than 1000 bytes"):
            await appview.get(NSID)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'{"a":', b"\xff", b"[" * 100_000])
async def test_an_answer_that_is_not_of_its_form_is_a_failure(body: bytes) -> None:
    async with http_pages(lambda _: Page(200, body, {"content-type": "application/json"})) as pages:
        answer = await make_upstreams(appview=pages.origin).appview.get(NSID)
    with pytest.raises(UpstreamFailure, match="cannot be read"):
        answer.read(dict)


class Hasty:
    """A server that answers once on a connection and closes it on the next request, as at the end of a keep-alive."""

    def __init__(self) -> None:
        self.connections = 0
        self.tokens: list[bytes] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.tokens.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
            self.tokens.append(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


async def test_a_query_survives_a_connection_that_closes_under_it_and_a_procedure_is_never_repeated() -> None:
    hasty = Hasty()
    server = await asyncio.start_server(hasty.handle, "127.0.0.1", 0)
    async with server:
        pds = make_upstreams(pds=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}").pds
        assert (await pds.get(NSID)).status == 200
        assert (await pds.get(NSID)).status == 200
        assert (hasty.connections, len(set(hasty.tokens))) == (2, 3)
        with pytest.raises(UpstreamFailure, match="cannot be reached"):
            await pds.post("com.atproto.temp.revokeAccountCredentials", b"{}")
        assert hasty.connections == 2
