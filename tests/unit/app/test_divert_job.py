"""Blobs of diverted records reach the divert service as their PDS has them, and nothing else does."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import httpx

from servers.foreign_service import Call, ForeignService, Reply, foreign_service
from skywarden.app.jobs.divert import GET_BLOB, REPORT_BLOB, Diverter
from skywarden.app.jobs.push import Pusher
from skywarden.atproto.cid import RAW, cid_bytes_of, cid_text
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Cid, Did
from skywarden.model.subject import Subject
from skywarden.moderation.jobs import Turn
from skywarden.moderation.pushes import BLOB, DIVERT, FAILED, SENT, WAITING, NewPush, queue_pushes
from skywarden.moderation.pushes.queue import PushQueue
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

ALICE = Did("did:plc:alice")
PICTURE = b"\x89PNG a picture"
CID = cid_text(cid_bytes_of(PICTURE, RAW))
RECORD = Subject.record(ALICE, "app.bsky.feed.post", "3k", Cid("bafyrecord"))


@asynccontextmanager
async def diverting(
    database: Database, clock: ManualClock, pds: ForeignService, service: ForeignService
) -> AsyncIterator[Pusher]:
    document = {
        "id": ALICE,
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds.url}],
    }
    resolver = StaticResolver({ALICE: DidDocument.from_json(ALICE, json.dumps(document).encode())})
    async with httpx.AsyncClient(trust_env=False) as http, GuardedFetcher(allow_loopback=True) as blobs:
        diverter = Diverter(service.url, "open sesame", http, blobs, resolver)
        breaker = HostBreaker(DIVERT, clock, per_s=0)
        yield Pusher(DIVERT, PushQueue(database), diverter.send, breaker, clock, Metrics())


def queued(database: Database, clock: ManualClock) -> None:
    body = {"did": ALICE, "cid": CID, "uri": RECORD.uri}
    with database.write("test") as tx:
        queue_pushes(tx, [NewPush(1, DIVERT, BLOB, RECORD, body, CID, CID)], clock.now_us())


def pds_of(blob: bytes = PICTURE, status: int = 200) -> Reply:
    return Reply(status, blob, {"content-type": "image/png"})


async def test_a_blob_is_fetched_from_its_pds_and_handed_over_with_the_password(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with (
        foreign_service(lambda _call: pds_of()) as pds,
        foreign_service() as service,
        diverting(database, clock, pds, service) as pusher,
    ):
        assert (await pusher.step(Turn(clock.now_us()))).done == 1
    (fetched,), (call,) = pds.taken, service.taken
    assert (fetched.nsid, fetched.query) == (GET_BLOB, f"did=did%3Aplc%3Aalice&cid={CID}")
    assert (call.nsid, call.body, call.headers["content-type"]) == (REPORT_BLOB, PICTURE, "image/png")
    assert call.query == "did=did%3Aplc%3Aalice&uri=at%3A%2F%2Fdid%3Aplc%3Aalice%2Fapp.bsky.feed.post%2F3k"
    assert base64.b64decode(call.headers["authorization"].removeprefix("Basic ")) == b"admin:open sesame"
    assert [push.id for push in PushQueue(database).list([SENT], 10)] == [1]


async def test_a_blob_whose_bytes_are_not_what_its_name_says_is_handed_to_nobody(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with (
        foreign_service(lambda _call: pds_of(b"something else")) as pds,
        foreign_service() as service,
        diverting(database, clock, pds, service) as pusher,
    ):
        await pusher.step(Turn(clock.now_us()))
    assert service.calls == []
    (failed,) = PushQueue(database).list([FAILED], 10)
    assert "wrong blob" in failed.last_error
    assert sha256(b"something else").hexdigest() not in failed.last_error


async def test_a_pds_that_is_away_is_not_the_fault_of_the_divert_service(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with (
        foreign_service(lambda _call: pds_of(b"", 503)) as pds,
        foreign_service() as service,
        diverting(database, clock, pds, service) as pusher,
    ):
        await pusher.step(Turn(clock.now_us()))
        assert not pusher.failing
    assert [push.attempts for push in PushQueue(database).list([WAITING], 10)] == [1]


async def test_a_blob_that_is_gone_is_shown_as_failed_with_the_words_of_its_pds(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)

    def gone(_call: Call) -> Reply:
        return Reply(400, {"error": "BlobNotFound"})

    async with (
        foreign_service(gone) as pds,
        foreign_service() as service,
        diverting(database, clock, pds, service) as pusher,
    ):
        await pusher.step(Turn(clock.now_us()))
    assert "BlobNotFound" in PushQueue(database).list([FAILED], 10)[0].last_error


async def test_a_divert_service_that_is_away_gets_the_blob_later(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with (
        foreign_service(lambda _call: pds_of()) as pds,
        foreign_service() as service,
        diverting(database, clock, pds, service) as pusher,
    ):
        await service.down()
        await pusher.step(Turn(clock.now_us()))
        assert pusher.failing
        await service.up()
        clock.advance(3_600)
        await pusher.step(Turn(clock.now_us()))
    assert len(service.taken) == 1
