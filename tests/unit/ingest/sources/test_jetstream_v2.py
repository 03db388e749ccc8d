"""Version 2 of Jetstream is read by seq, over reconnects, old cursors and compression."""

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from reading import Bench, column, read_rows
from servers.scripted_stream import Connection, scripted_stream
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.ingest.sources.jetstream_v2 import OLDEST, JetstreamV2Wire
from skywarden.ingest.sources.live import LiveSource
from skywarden.ingest.sources.wire import StreamFilter
from skywarden.ingest.sync_state import RepoGate
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog

DICTIONARY = Path("../shared/data/firehose/zstd_dictionaries/subscribe_events_20260811.zdict")
EVENTS = "network.bsky.jetstream.subscribeEvents#"


def source(bench: Bench, url: str, **options: Any) -> LiveSource:
    gate = RepoGate("js2", clock=bench.clock, metrics=bench.metrics, chained=False)
    wanted = options.pop("wanted", StreamFilter())
    wire = JetstreamV2Wire("js2", url, clock=bench.clock, metrics=bench.metrics, wanted=wanted, **options)
    decoder = JetstreamDecoder("js2", gate=gate, clock=bench.clock)
    return LiveSource(wire, decoder, clock=bench.clock, metrics=bench.metrics, gate=gate, wait=bench.waits)


def event(seq: int) -> str:
    payload = {
        "$type": f"{EVENTS}commit",
        "seq": seq,
        "did": "did:plc:alice",
        "time": "2026-07-04T12:00:00.000001Z",
        "rev": "3lmxjza3nva27",
        "operation": "delete",
        "collection": "app.bsky.feed.post",
        "rkey": f"k{seq}",
    }
    return json.dumps({"$type": "message", "payload": payload})


def info() -> str:
    return json.dumps({"$type": "message", "payload": {"$type": f"{EVENTS}info", "name": "OutdatedCursor"}})


@pytest.fixture
def published() -> bytes:
    return DICTIONARY.read_bytes()


async def test_the_inclusive_replay_repeats_nothing() -> None:
    script = (Connection([event(5), event(9)]), Connection([event(9), event(12)], stay=True))
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(Bench(), server.url), 3)
    assert column(chunks, "seq") == [5, 9, 12]
    assert server.cursors == [None, "9"]


async def test_a_cursor_that_is_too_old_goes_on_at_the_oldest_event_and_is_a_gap() -> None:
    bench = Bench()
    refused = Connection(refuse=(400, '{"error":"CursorTooOld","message":"floor is 500"}'))
    async with scripted_stream(refused, Connection([info(), event(500)], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url), 1, "9")
    assert server.cursors == ["9", str(OLDEST)]
    assert chunks[0].after_gap
    assert bench.metrics.value(catalog.INGEST_GAPS, source="js2", kind="outdated") == 1


async def test_another_refusal_stops_with_the_servers_words() -> None:
    async with scripted_stream(Connection(refuse=(400, "InvalidRequest: bad collection"))) as server:
        with pytest.raises(Rejected, match="bad collection"):
            await read_rows(source(Bench(), server.url), 1)


async def test_an_error_message_leads_to_a_new_connection() -> None:
    slow = json.dumps({"$type": "error", "error": "ConsumerTooSlow", "message": "too slow"})
    async with scripted_stream(Connection([event(1), slow], stay=True), Connection([event(2)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 2)
    assert column(chunks, "seq") == [1, 2]


async def test_filters_and_the_oldest_start_are_asked_for() -> None:
    wanted = StreamFilter(("app.bsky.feed.*",), ("did:plc:alice",))
    async with scripted_stream(Connection([event(1)], stay=True)) as server:
        await read_rows(source(Bench(), server.url, wanted=wanted, start_at="oldest"), 1)
    asked = server.asked[0]
    assert (asked["collections"], asked["dids"]) == (["app.bsky.feed.*"], ["did:plc:alice"])
    assert server.cursors == [str(OLDEST)]


@pytest.mark.skipif(not DICTIONARY.exists(), reason="needs the published dictionary")
async def test_the_servers_dictionary_is_fetched_and_asked_for_by_its_id(published: bytes) -> None:
    known = zstandard.ZstdCompressionDict(published)
    sent = zstandard.ZstdCompressor(dict_data=known).compress(event(7).encode())
    async with scripted_stream(Connection([sent], stay=True)) as server:
        server.files["/xrpc/network.bsky.jetstream.getZstdDictionary"] = published
        chunks = await read_rows(source(Bench(), server.url, compress=True), 1)
    assert column(chunks, "seq") == [7]
    assert server.asked[0]["zstdDictionary"] == [str(known.dict_id())]


@pytest.mark.skipif(not DICTIONARY.exists(), reason="needs the published dictionary")
async def test_a_retired_dictionary_is_fetched_anew(published: bytes) -> None:
    refused = Connection(refuse=(400, '{"error":"UnknownZstdDictionary"}'))
    async with scripted_stream(refused, Connection([event(7)], stay=True)) as server:
        server.files["/xrpc/network.bsky.jetstream.getZstdDictionary"] = published
        retired = zstandard.train_dictionary(1024, [event(number).encode() for number in range(300)]).as_bytes()
        await read_rows(source(Bench(), server.url, dictionary=retired), 1)
    assert server.asked[0]["zstdDictionary"] != server.asked[1]["zstdDictionary"]
