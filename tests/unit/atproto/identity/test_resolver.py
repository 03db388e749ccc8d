"""The resolver: fresh answers come from the cache, purged ones are asked for again, nobody asks twice at once."""

import asyncio
import json

import pytest

from servers.http_pages import Page, http_pages
from shared_data import ROOT, present
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import CachingResolver, HttpResolver, StaticResolver
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

DID = Did("did:plc:44ybard66vv44zksje25o7dz")


def document(did: Did = DID, handle: str = "alice.test") -> DidDocument:
    return DidDocument.from_json(did, json.dumps({"id": did, "alsoKnownAs": [f"at://{handle}"]}).encode())


class Script:
    """A source whose answers the test sets; it counts how often it was asked."""

    def __init__(self, answer: DidDocument | Exception) -> None:
        self.answer = answer
        self.asked = 0
        self.begun = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def fetch(self, did: Did) -> DidDocument:
        self.asked += 1
        self.begun.set()
        answer = self.answer
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


def setup(answer: DidDocument | Exception) -> tuple[Script, ManualClock, CachingResolver]:
    script, clock = Script(answer), ManualClock()
    return script, clock, CachingResolver(script, clock=clock)


async def test_a_fresh_answer_is_not_asked_for_again() -> None:
    script, clock, resolver = setup(document())
    assert await resolver.resolve(DID) is await resolver.resolve(DID)
    clock.advance(3_599)
    await resolver.resolve(DID)
    assert script.asked == 1
    clock.advance(2)
    await resolver.resolve(DID)
    assert script.asked == 2


async def test_a_purged_answer_is_asked_for_again() -> None:
    script, _, resolver = setup(document())
    await resolver.resolve(DID)
    script.answer = document(handle="renamed.test")
    resolver.purge(DID)
    assert (await resolver.resolve(DID)).handle == "renamed.test"
    assert script.asked == 2


async def test_a_refusal_is_remembered_for_a_while() -> None:
    script, clock, resolver = setup(Rejected("did-not-found"))
    for _ in range(3):
        with pytest.raises(Rejected):
            await resolver.resolve(DID)
    assert script.asked == 1
    clock.advance(301)
    with pytest.raises(Rejected):
        await resolver.resolve(DID)
    assert script.asked == 2


async def test_a_busy_source_is_asked_again_at_once() -> None:
    script, _, resolver = setup(Retryable("busy"))
    for _ in range(2):
        with pytest.raises(Retryable):
            await resolver.resolve(DID)
    assert script.asked == 2


async def test_an_old_answer_serves_while_the_source_is_away_but_not_forever() -> None:
    script, clock, resolver = setup(document())
    await resolver.resolve(DID)
    script.answer = Retryable("away")
    clock.advance(4_000)
    assert (await resolver.resolve(DID)).handle == "alice.test"
    clock.advance(86_400)
    with pytest.raises(Retryable):
        await resolver.resolve(DID)


async def test_many_who_ask_at_once_share_one_fetch() -> None:
    script, _, resolver = setup(document())
    script.gate = asyncio.Event()
    asks = [asyncio.create_task(resolver.resolve(DID)) for _ in range(50)]
    await script.begun.wait()
    asks[0].cancel()
    script.gate.set()
    answers = await asyncio.gather(*asks[1:])
    assert script.asked == 1
    assert {answer.did for answer in answers} == {DID}


async def test_an_answer_under_way_while_its_did_is_purged_is_not_kept() -> None:
    script, _, resolver = setup(document())
    script.gate = asyncio.Event()
    ask = asyncio.create_task(resolver.resolve(DID))
    await script.begun.wait()
    script.answer = document(handle="renamed.test")
    resolver.purge(DID)
    script.gate.set()
    assert (await ask).handle == "alice.test"
    assert (await resolver.resolve(DID)).handle == "renamed.test"


async def test_a_refresh_asks_again_but_not_more_often_than_once_a_minute() -> None:
    script, clock, resolver = setup(document())
    await resolver.resolve(DID)
    await resolver.refresh(DID)
    assert script.asked == 2
    for _ in range(5):
        await resolver.refresh(DID)
    assert script.asked == 2
    clock.advance(61)
    await resolver.refresh(DID)
    assert script.asked == 3


async def test_documents_come_from_the_directory() -> None:
    page = Page(body=json.dumps({"id": DID, "alsoKnownAs": ["at://alice.test"]}).encode())
    async with http_pages({f"/{DID}": page}) as plc, GuardedFetcher(allow_loopback=True) as fetcher:
        assert (await HttpResolver(fetcher, plc.origin).resolve(DID)).handle == "alice.test"


async def test_documents_of_did_web_come_from_the_domain() -> None:
    async with http_pages(lambda path: Page(body=json.dumps({"id": did}).encode())) as pages:
        did = Did(f"did:web:localhost%3A{pages.port}")
        async with GuardedFetcher(allow_loopback=True) as fetcher:
            resolver = HttpResolver(fetcher, allow_loopback=True)
            assert (await resolver.resolve(did)).did == did
            assert pages.seen[0][0] == "/.well-known/did.json"


@pytest.mark.parametrize(
    "did, reason",
    [
        ("alice", "did-syntax"),
        ("did:plc:short", "did-syntax"),
        ("did:web:example.com:path", "did-syntax"),
        ("did:web:example.com%3A8080", "did-syntax"),
        ("did:web:127.0.0.1", "did-syntax"),
        ("did:web:localhost%3A80", "did-syntax"),
        ("did:web:localhost", "did-syntax"),
        ("did:web:example.com%2Fx", "did-syntax"),
        ("did:" + "web:" + "a" * 3_000, "did-syntax"),
        ("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc", "did-method"),
        ("did:ion:abc", "did-method"),
    ],
)
async def test_a_did_that_cannot_be_resolved_is_refused_without_a_fetch(did: str, reason: str) -> None:
    async with GuardedFetcher() as fetcher:
        with pytest.raises(Rejected) as error:
            await HttpResolver(fetcher).resolve(Did(did))
    assert error.value.reason == reason


@pytest.mark.parametrize(
    "status, body, reason",
    [
        (404, b"", "did-not-found"),
        (410, b"", "did-tombstoned"),
        (400, b"", "did-document"),
        (200, b"{", "did-document"),
        (200, b'{"id": "did:plc:other"}', "did-document-id"),
    ],
)
async def test_an_answer_that_is_no_document_is_refused_by_name(status: int, body: bytes, reason: str) -> None:
    async with http_pages(lambda path: Page(status, body)) as plc, GuardedFetcher(allow_loopback=True) as fetcher:
        with pytest.raises(Rejected) as error:
            await HttpResolver(fetcher, plc.origin).resolve(DID)
    assert error.value.reason == reason


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_directory_is_worth_another_try(status: int) -> None:
    async with http_pages(lambda path: Page(status)) as plc, GuardedFetcher(allow_loopback=True) as fetcher:
        with pytest.raises(Retryable):
            await HttpResolver(fetcher, plc.origin).resolve(DID)


async def test_documents_at_hand_resolve_and_others_do_not() -> None:
    resolver = StaticResolver.from_file(present(ROOT / "firehose" / "did_docs.json"))
    found = await resolver.resolve(Did("did:plc:2edzkrybeyusfkz6yn7tm4ch"))
    assert found.signing_key().curve == "k256"
    assert found.pds_endpoint is not None
    with pytest.raises(Rejected):
        await resolver.resolve(DID)
