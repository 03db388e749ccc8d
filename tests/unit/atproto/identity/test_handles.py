"""Handles: the domain must name the DID, and the DID's document the handle."""

import json
from collections.abc import Sequence

import pytest

from servers.http_pages import Page, http_pages
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.handles import DnsOverHttps, HandleResolver
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

DID, OTHER = Did("did:plc:44ybard66vv44zksje25o7dz"), Did("did:plc:2edzkrybeyusfkz6yn7tm4ch")


class Texts:
    """TXT records that the test sets."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    async def texts(self, name: str) -> Sequence[str]:
        assert name == "_atproto.alice.test"
        return self._texts


async def resolved(page: Page, *texts: str, handle: str = "alice.test") -> Did:
    async with http_pages(lambda path: page) as pages, GuardedFetcher(allow_loopback=True) as fetcher:
        resolver = HandleResolver(fetcher, Texts(*texts), well_known_origin=pages.origin, allow_test=True)
        did = await resolver.resolve(handle)
        assert all(host == "alice.test" for _, host in pages.seen)
        return did


async def test_dns_is_preferred() -> None:
    assert await resolved(Page(body=OTHER.encode()), f"did={DID}", "other text") == DID


async def test_the_well_known_file_is_asked_where_dns_is_silent() -> None:
    assert await resolved(Page(body=f" {DID}\n".encode())) == DID
    assert await resolved(Page(body=DID.encode()), "v=spf1", handle="ALICE.test") == DID


async def test_conflicting_records_fail_and_the_file_is_not_asked() -> None:
    with pytest.raises(Rejected) as error:
        await resolved(Page(body=DID.encode()), f"did={DID}", f"did={OTHER}")
    assert error.value.reason == "handle-ambiguous"


async def test_the_same_record_twice_is_no_conflict() -> None:
    assert await resolved(Page(404), f"did={DID}", f"did={DID}") == DID


@pytest.mark.parametrize("page", [Page(404), Page(body=b"hello"), Page(body=b"<html>"), Page(body=b"\xff\xfe")])
async def test_a_domain_that_names_nobody_has_no_did(page: Page) -> None:
    with pytest.raises(Rejected) as error:
        await resolved(page)
    assert error.value.reason == "handle-not-found"


async def test_a_busy_domain_is_worth_another_try() -> None:
    with pytest.raises(Retryable):
        await resolved(Page(503))


@pytest.mark.parametrize(
    "handle, reason", [("alice", "handle-syntax"), ("alice.local", "handle-reserved"), ("a.onion", "handle-reserved")]
)
async def test_a_name_that_cannot_be_a_handle_is_not_looked_up(handle: str, reason: str) -> None:
    async with GuardedFetcher() as fetcher:
        with pytest.raises(Rejected) as error:
            await HandleResolver(fetcher).resolve(handle)
    assert error.value.reason == reason


async def test_test_domains_are_not_looked_up_in_production() -> None:
    async with GuardedFetcher() as fetcher:
        with pytest.raises(Rejected):
            await HandleResolver(fetcher).resolve("alice.test")


@pytest.mark.parametrize("named, proven", [(DID, "alice.test"), (OTHER, None)])
async def test_a_claimed_handle_counts_only_where_the_domain_agrees(named: Did, proven: str | None) -> None:
    document = DidDocument.from_json(DID, json.dumps({"id": DID, "alsoKnownAs": ["at://alice.test"]}).encode())
    async with GuardedFetcher() as fetcher:
        resolver = HandleResolver(fetcher, Texts(f"did={named}"), allow_test=True)
        assert await resolver.proven(document) == proven
        assert await resolver.proven(DidDocument.from_json(DID, json.dumps({"id": DID}).encode())) is None


async def test_dns_over_https_gives_the_texts() -> None:
    answers = {"Status": 0, "Answer": [{"type": 5, "data": "x."}, {"type": 16, "data": '"did=did:plc:" "abc"'}]}
    async with http_pages(lambda path: Page(body=json.dumps(answers).encode())) as pages:
        async with GuardedFetcher(allow_loopback=True) as fetcher:
            texts = await DnsOverHttps(fetcher, f"{pages.origin}/dns-query").texts("_atproto.alice.test")
        assert texts == ["did=did:plc:abc"]
        assert pages.seen[0][0] == "/dns-query?name=_atproto.alice.test&type=TXT"


@pytest.mark.parametrize(
    "page, texts",
    [
        (Page(body=b'{"Status": 3}'), []),
        (Page(body=b'{"Status": 2}'), None),
        (Page(500), None),
        (Page(body=b"<"), None),
    ],
)
async def test_a_name_that_does_not_exist_differs_from_a_server_that_fails(page: Page, texts: list[str] | None) -> None:
    async with http_pages(lambda path: page) as pages, GuardedFetcher(allow_loopback=True) as fetcher:
        dns = DnsOverHttps(fetcher, pages.origin)
        if texts is None:
            with pytest.raises(Retryable):
                await dns.texts("x.test")
        else:
            assert await dns.texts("x.test") == texts
