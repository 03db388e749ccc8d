"""The directory shows records as the AppView does, else as we kept them, else as their author's own server does."""

import gzip
import json
import time

import msgspec
import pytest

from event_rows import batch, post
from identities import ALICE, BOB
from proposals import make_effect, make_hit, make_service
from servers.http_pages import Page, http_pages
from skywarden.api.directory import LoggedRecords
from skywarden.api.directory.record_info import record_info
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, Offset
from skywarden.log.memory import MemoryLog
from skywarden.model.subject import Subject
from skywarden.storage import Database
from upstreams import asked, json_page, make_directory, make_upstreams, refusal_page

CID = "bafyreibrsxf2dtmapkpkkyaqj76xtsfdw4fltmp36kuvvj2jwmkdzmcqjq"
OTHER_CID = "bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4"
URI = f"at://{ALICE.did}/app.bsky.feed.post/3kabc"
RECORD = {
    "$type": "app.bsky.feed.post",
    "text": "look",
    "createdAt": "2026-01-01T00:00:00Z",
    "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "porn"}]},
    "embed": {
        "$type": "app.bsky.embed.images",
        "images": [
            {"image": {"$type": "blob", "ref": {"$link": OTHER_CID}, "mimeType": "image/png", "size": 12}, "alt": ""}
        ],
    },
}


def record_page(path: str) -> Page:
    nsid, params = asked(path)
    uri = f"at://{params['repo'][0]}/{params['collection'][0]}/{params['rkey'][0]}"
    assert nsid == "com.atproto.repo.getRecord"
    return json_page({"uri": uri, "cid": CID, "value": RECORD})


def document_of(did: Did, endpoint: str) -> DidDocument:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}
    return DidDocument.from_json(did, json.dumps({"id": did, "service": [service]}).encode())


async def test_the_appviews_record_comes_with_its_blobs_and_the_authors_own_labels() -> None:
    async with http_pages(record_page) as appview:
        directory = make_directory(make_upstreams(appview=appview.origin))
        found = await directory.records([URI, URI])
        await directory.records([URI])
    record = found[URI]
    assert (record.cid, msgspec.json.decode(record.value)) == (CID, RECORD)
    assert [(blob.cid, blob.mime_type, blob.size) for blob in record.blobs] == [(OTHER_CID, "image/png", 12)]
    assert record.self_labels == ("porn",)
    assert len(appview.seen) == 1


async def test_a_record_that_is_gone_is_shown_as_it_was_when_a_rule_acted_on_it(database: Database) -> None:
    log = MemoryLog()
    written = post(1, did=ALICE.did, rkey="3kabc", cid=CID, record=json.dumps(RECORD))
    log.append(batch([post(0), written]).rows, {})
    service = make_service(database)
    subject = Subject.record(ALICE.did, "app.bsky.feed.post", "3kabc", Cid(CID))
    service.outbox.store([make_hit(1)], [make_effect(1, subject)], Offset(2))
    service.decide_pending()
    async with http_pages(lambda _: refusal_page("RecordNotFound")) as appview:
        directory = make_directory(make_upstreams(appview=appview.origin), records=LoggedRecords(database, log))
        found = await directory.records([URI, f"at://{BOB.did}/app.bsky.feed.post/3kabc"])
    assert set(found) == {URI}
    assert (found[URI].cid, msgspec.json.decode(found[URI].value)) == (CID, RECORD)
    assert found[URI].indexed_at == "2025-06-15T15:06:41.000Z"


async def test_without_an_appview_the_authors_own_server_is_asked() -> None:
    async with http_pages(record_page) as server:
        resolver = StaticResolver({ALICE.did: document_of(ALICE.did, server.origin)})
        found = await make_directory(make_upstreams(), resolver=resolver).records([URI])
    assert found[URI].cid == CID


async def test_an_appview_that_says_no_is_believed() -> None:
    async with http_pages(record_page) as server, http_pages(lambda _: refusal_page("RecordNotFound")) as appview:
        resolver = StaticResolver({ALICE.did: document_of(ALICE.did, server.origin)})
        assert await make_directory(make_upstreams(appview=appview.origin), resolver=resolver).records([URI]) == {}
        assert server.seen == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://0x7f.1",
        "https://2130706433",
        "https://0177.0.0.1",
        "https://127.1",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://169.254.169.254",
        "http://pds.example",
        "https://pds.example:8443",
        "ftp://pds.example",
    ],
)
async def test_a_server_that_a_stranger_names_is_never_looked_for_inside(endpoint: str) -> None:
    resolver = StaticResolver({ALICE.did: document_of(ALICE.did, endpoint)})
    assert await make_directory(make_upstreams(), resolver=resolver).records([URI]) == {}


async def test_a_redirect_of_a_strangers_server_to_the_inside_is_refused() -> None:
    target = {"location": "https://169.254.169.254/latest/meta-data"}
    async with http_pages(lambda _: Page(302, b"", target)) as server:
        resolver = StaticResolver({ALICE.did: document_of(ALICE.did, server.origin)})
        assert await make_directory(make_upstreams(), resolver=resolver).records([URI]) == {}


@pytest.mark.parametrize(
    "page",
    [
        Page(body=b"x" * 65_536, endless=True),
        Page(200, gzip.compress(b" " * 50_000_000), {"content-encoding": "gzip"}),
        Page(hangs=True),
    ],
)
async def test_a_strangers_server_cannot_make_us_read_or_wait_for_ever(page: Page) -> None:
    async with http_pages(lambda _: page) as server:
        resolver = StaticResolver({ALICE.did: document_of(ALICE.did, server.origin)})
        began_s = time.monotonic()
        assert await make_directory(make_upstreams(), resolver=resolver).records([URI]) == {}
        assert time.monotonic() - began_s < 6.0


@pytest.mark.parametrize(
    "page",
    [
        json_page({"uri": URI, "cid": "not-a-cid", "value": RECORD}),
        json_page({"uri": URI, "value": RECORD}),
        json_page({"uri": URI.replace("3kabc", "3kxyz"), "cid": CID, "value": RECORD}),
        json_page({"uri": URI, "cid": CID, "value": [1]}),
        Page(200, b'{"uri":"' + URI.encode() + b'","cid":"' + CID.encode() + b'","value":{"a":' + b"[" * 5_000),
        Page(500, b"oh"),
        Page(hangs=True),
    ],
)
async def test_an_answer_that_a_client_could_not_show_is_no_record(page: Page) -> None:
    async with http_pages(lambda _: page) as appview:
        assert await make_directory(make_upstreams(appview=appview.origin)).records([URI]) == {}


@pytest.mark.parametrize(
    "uri", ["at://alice.test/app.bsky.feed.post/3kabc", "at://did:plc:x", "https://x", "", "at://"]
)
async def test_what_names_no_record_of_a_did_is_not_looked_for(uri: str) -> None:
    async with http_pages(record_page) as appview:
        assert await make_directory(make_upstreams(appview=appview.origin)).records([uri]) == {}
        assert appview.seen == []


def test_a_blob_with_a_malformed_cid_is_left_out() -> None:
    value = {"a": {"$type": "blob", "ref": {"$link": "bafy"}, "mimeType": "image/png", "size": 1}}
    assert record_info(URI, CID, msgspec.Raw(json.dumps(value).encode()), "").blobs == ()


def test_blobs_of_the_first_form_and_deep_nesting_are_read_without_harm() -> None:
    deep: object = {"cid": OTHER_CID, "mimeType": "image/jpeg"}
    assert [blob.size for blob in record_info(URI, CID, raw({"old": deep}), "").blobs] == [0]
    for _ in range(200):
        deep = {"a": deep}
    assert record_info(URI, CID, raw(deep), "").blobs == ()


def test_a_record_with_endless_nesting_is_refused() -> None:
    with pytest.raises(Rejected, match="record-form"):
        record_info(URI, CID, msgspec.Raw(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "")


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())
