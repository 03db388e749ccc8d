"""An account that lost the thread is brought up to date from an export, and its waiting messages follow."""

import json
from dataclasses import dataclass

from ingest_frames import DID, KEY, TIME, post
from reading import Bench, column, read_rows
from servers.scripted_stream import Connection, ScriptedStream, scripted_stream
from skywarden.atproto.car import write_car
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.commit import sign_commit
from skywarden.atproto.frames import build_frame
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.atproto.mst import Mst
from skywarden.atproto.node import Link
from skywarden.atproto.tid import tid_of
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.resync import MAX_WAITING, METHOD, ResyncConfig, Resyncer
from skywarden.ingest.sources.live import LiveSource
from skywarden.ingest.sources.subscribe_repos import SubscribeReposWire
from skywarden.ingest.sync_state import RepoGate
from skywarden.kernel.ids import Tid
from skywarden.observe import catalog

START_US = 1_783_175_888_000_000
POSTS = "app.bsky.feed.post"


def tid(number: int) -> Tid:
    return tid_of(START_US + number * 1_000_000, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """The repository after `number` posts."""

    number: int

    @property
    def tree(self) -> Mst:
        tree = Mst.empty()
        for number in range(1, self.number + 1):
            tree = tree.add(f"{POSTS}/{tid(number)}", cid_bytes_of(self.block(number)))
        return tree

    @staticmethod
    def block(number: int) -> bytes:
        return encode(post(f"post {number}"))

    def commit(self) -> bytes:
        return sign_commit(KEY, DID, self.tree.root, tid(self.number))

    def frame(self) -> bytes:
        """The commit that adds the last post."""
        path, block, commit = f"{POSTS}/{tid(self.number)}", self.block(self.number), self.commit()
        proof = self.tree.proof_blocks([path]).items()
        sections = [(cid_bytes_of(commit), commit), *proof, (cid_bytes_of(block), block)]
        body: dict[str, object] = {
            "seq": self.number,
            "repo": DID,
            "rev": tid(self.number),
            "since": tid(self.number - 1),
            "commit": Link(cid_bytes_of(commit)),
            "blocks": write_car(cid_bytes_of(commit), sections),
            "ops": [{"action": "create", "path": path, "cid": Link(cid_bytes_of(block))}],
            "prevData": Link(Step(self.number - 1).tree.root),
            "time": TIME,
            "blobs": [],
            "rebase": False,
            "tooBig": False,
        }
        return build_frame("#commit", body)

    def export(self, since: int) -> bytes:
        """What a server gives that keeps to `since`; 0 gives everything."""
        commit = self.commit()
        records = [self.block(number) for number in range(since + 1, self.number + 1)]
        sections = [(cid_bytes_of(commit), commit), *self.tree.blocks(), *((cid_bytes_of(r), r) for r in records)]
        return write_car(cid_bytes_of(commit), sections)


def document(pds: str) -> DidDocument:
    multibase = KEY.public.multibase
    method = {"id": f"{DID}#atproto", "type": "Multikey", "controller": DID, "publicKeyMultibase": multibase}
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}
    text = json.dumps({"id": DID, "verificationMethod": [method], "service": [service]})
    return DidDocument.from_json(DID, text.encode())


async def follow(server: ScriptedStream, bench: Bench, rows: int, *, upstream: str = "", pds: str = "") -> list[object]:
    async with GuardedFetcher(allow_loopback=True) as fetcher:
        resolver = StaticResolver({DID: document(pds or "https://pds.invalid")})
        resyncer = Resyncer("relay", ResyncConfig(fetcher, resolver, upstream), bench.clock)
        gate = RepoGate("relay", clock=bench.clock, metrics=bench.metrics, resync=resyncer)
        wire = SubscribeReposWire("relay", server.url, clock=bench.clock, metrics=bench.metrics)
        decoder = FirehoseDecoder("relay", gate=gate, clock=bench.clock)
        source = LiveSource(
            wire,
            decoder,
            clock=bench.clock,
            metrics=bench.metrics,
            gate=gate,
            resyncer=resyncer,
            wait=bench.waits,
        )
        return column(await read_rows(source, rows), "text")


def http(server: ScriptedStream) -> str:
    return server.url.replace("ws", "http", 1)


async def test_the_missing_posts_come_from_the_relays_export_and_then_those_that_waited() -> None:
    frames = [Step(1).frame(), Step(4).frame(), Step(5).frame()]
    async with scripted_stream(Connection(frames, stay=True)) as server:
        server.files[METHOD] = Step(4).export(since=1)
        texts = await follow(server, Bench(), 5, upstream=http(server))
    assert texts == ["post 1", "post 2", "post 3", "post 4", "post 5"]


async def test_the_accounts_own_server_is_asked_where_the_relay_has_nothing() -> None:
    frames = [Step(1).frame(), Step(3).frame()]
    async with scripted_stream() as empty, scripted_stream(Connection(frames, stay=True)) as server:
        server.files[METHOD] = Step(3).export(since=1)
        texts = await follow(server, Bench(), 3, upstream=http(empty), pds=http(server))
    assert texts == ["post 1", "post 2", "post 3"]


async def test_a_server_that_sends_everything_gives_no_row_twice() -> None:
    frames = [Step(1).frame(), Step(3).frame()]
    async with scripted_stream(Connection(frames, stay=True)) as server:
        server.files[METHOD] = Step(3).export(since=0)
        texts = await follow(server, Bench(), 3, upstream=http(server))
    assert texts == ["post 1", "post 2", "post 3"]


async def test_an_export_that_is_ahead_of_the_stream_brings_only_what_is_missing() -> None:
    frames = [Step(1).frame(), Step(3).frame(), Step(4).frame(), Step(5).frame()]
    async with scripted_stream(Connection(frames, stay=True)) as server:
        server.files[METHOD] = Step(9).export(since=1)
        texts = await follow(server, Bench(), 5, upstream=http(server))
    assert texts == ["post 1", "post 2", "post 3", "post 4", "post 5"]


async def test_where_nobody_gives_an_export_the_commit_is_taken_as_it_is_and_counted() -> None:
    bench = Bench()
    frames = [Step(1).frame(), Step(3).frame()]
    async with scripted_stream() as empty, scripted_stream(Connection(frames, stay=True)) as server:
        texts = await follow(server, bench, 2, upstream=http(empty), pds=http(empty))
    assert texts == ["post 1", "post 3"]
    assert bench.metrics.value(catalog.INGEST_DESYNCHRONIZED, source="relay", outcome="resync-failed") == 1


async def test_an_export_that_another_key_signed_is_not_believed() -> None:
    frames = [Step(1).frame(), Step(3).frame()]
    async with scripted_stream(Connection(frames, stay=True)) as server:
        forged = Step(3).export(since=1)
        at = forged.index(b"csigX@") + 6
        server.files[METHOD] = forged[:at] + bytes([forged[at] ^ 1]) + forged[at + 1 :]
        texts = await follow(server, Bench(), 2, upstream=http(server))
    assert texts == ["post 1", "post 3"]


async def test_an_account_that_follows_on_is_never_asked_about() -> None:
    frames = [Step(number).frame() for number in range(1, 6)]
    async with scripted_stream(Connection(frames, stay=True)) as server:
        texts = await follow(server, Bench(), 5, upstream="http://127.0.0.1:1")
    assert len(texts) == 5


async def test_the_queue_is_bounded() -> None:
    async with GuardedFetcher() as fetcher:
        resyncer = Resyncer("relay", ResyncConfig(fetcher, StaticResolver({})), Bench().clock)
        assert all(resyncer.request(DID, tid(1), tid(2)) for _ in range(MAX_WAITING))
        assert not resyncer.request(DID, tid(1), tid(2))
