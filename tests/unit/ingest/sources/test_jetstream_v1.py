"""Version 1 of Jetstream is read without loss or repeat, over reconnects, restarts and compression."""

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from reading import NOW, Bench, column, read_quarantine, read_rows
from servers.scripted_stream import Connection, scripted_stream
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.ingest.sources.jetstream_v1 import OLDEST, REWIND_US, JetstreamV1Source, JetstreamV1Wire
from skywarden.ingest.sources.wire import StreamFilter
from skywarden.ingest.sync_state import RepoGate
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog

DATA = Path("../shared/data/firehose")
START = NOW - 60_000_000


def source(bench: Bench, url: str, **options: Any) -> JetstreamV1Source:
    gate = RepoGate("js", clock=bench.clock, metrics=bench.metrics, chained=False)
    wire = JetstreamV1Wire(
        "js", url, clock=bench.clock, metrics=bench.metrics, wanted=options.pop("wanted", StreamFilter()), **options
    )
    decoder = JetstreamDecoder("js", gate=gate, clock=bench.clock)
    return JetstreamV1Source(wire, decoder, clock=bench.clock, metrics=bench.metrics, gate=gate, wait=bench.waits)


def post(number: int, at_us: int | None = None, rev: str = "3lmxjza3nva27") -> str:
    return json.dumps(
        {
            "did": "did:plc:alice",
            "time_us": START + number if at_us is None else at_us,
            "kind": "commit",
            "commit": {
                "rev": rev,
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": f"k{number}",
                "record": {"$type": "app.bsky.feed.post", "text": f"t{number}", "createdAt": "2026-01-01T00:00:00Z"},
                "cid": "bafyreiaxf7tgbfydx3465sckitq6v564thxe2wwydbi7cwxbxvgssje3em",
            },
        }
    )


def account(number: int, seq: int) -> str:
    event = {"did": "did:plc:alice", "seq": seq, "time": "2026-01-01T00:00:00Z", "active": True}
    return json.dumps({"did": "did:plc:alice", "time_us": START + number, "kind": "account", "account": event})


async def test_a_reconnect_goes_back_a_little_and_repeats_nothing() -> None:
    bench = Bench()
    script = (Connection([post(1), account(2, 7), post(3)]), Connection([post(1), account(2, 7), post(3), post(4)]))
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(bench, server.url), 4)
    assert column(chunks, "rkey") == ["k1", None, "k3", "k4"]
    assert server.cursors == [None, str(START + 3 - REWIND_US)]
    assert chunks[-1].cursor == str(START + 4)
    assert bench.metrics.value(catalog.INGEST_IGNORED, source="js", reason="replayed") == 3


async def test_a_restart_knows_from_the_logs_rows_what_was_read() -> None:
    bench = Bench()
    async with scripted_stream(Connection([post(1), account(2, 7)], stay=True)) as server:
        before = await read_rows(source(bench, server.url), 2)
    async with scripted_stream(Connection([post(1), account(2, 7), post(3)], stay=True)) as server:
        again = source(bench, server.url)
        for chunk in before:
            again.remember(chunk.rows)
        after = await read_rows(again, 1, before[-1].cursor)
    assert column(after, "rkey") == ["k3"]


async def test_events_that_arrive_late_at_the_cutover_are_kept_and_do_not_move_the_cursor_back() -> None:
    async with scripted_stream(Connection([post(5), post(2)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 2)
    assert column(chunks, "rkey") == ["k5", "k2"]
    assert chunks[-1].cursor == str(START + 5)


async def test_a_time_of_the_far_future_does_not_become_the_cursor() -> None:
    async with scripted_stream(Connection([post(1), post(2, at_us=NOW * 2)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 2)
    assert chunks[-1].cursor == str(START + 1)


async def test_a_silently_clamped_cursor_is_recorded_as_a_gap() -> None:
    bench = Bench()
    async with scripted_stream(Connection([post(1)], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url), 1, str(START - 3_600_000_000))
    assert chunks[0].after_gap
    assert bench.metrics.value(catalog.INGEST_GAPS, source="js", kind="clamped") == 1


async def test_an_event_soon_after_the_cursor_is_no_gap() -> None:
    bench = Bench()
    async with scripted_stream(Connection([post(1)], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url), 1, str(START - 30_000_000))
    assert not chunks[0].after_gap


async def test_what_is_no_event_is_quarantined_and_the_stream_goes_on() -> None:
    bad: list[str | bytes] = ["{", '{"did": 1, "kind": "commit"}', "[" * 5000, b"\x00\x01"]
    async with scripted_stream(Connection([post(1), *bad, post(2)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 2)
    assert column(chunks, "rkey") == ["k1", "k2"]
    assert [len(entry.data) for chunk in chunks for entry in chunk.quarantine] == [len(one) for one in bad]


async def test_wanted_collections_and_dids_are_asked_for() -> None:
    wanted = StreamFilter(("app.bsky.feed.*", "app.bsky.graph.follow"), ("did:plc:alice",))
    async with scripted_stream(Connection([post(1)], stay=True)) as server:
        await read_rows(source(Bench(), server.url, wanted=wanted, start_at="oldest"), 1)
    assert server.asked[0]["wantedCollections"] == ["app.bsky.feed.*", "app.bsky.graph.follow"]
    assert server.asked[0]["wantedDids"] == ["did:plc:alice"]
    assert server.cursors == [str(OLDEST)]


async def test_a_filter_too_long_for_a_url_is_sent_as_the_first_message() -> None:
    dids = tuple(f"did:plc:{number}" for number in range(200))
    async with scripted_stream(Connection([post(1)], stay=True)) as server:
        await read_rows(source(Bench(), server.url, wanted=StreamFilter(dids=dids)), 1)
    hello = json.loads(server.heard[0])
    assert (hello["type"], hello["payload"]["wantedDids"]) == ("options_update", list(dids))


def compressed(text: str, dictionary: bytes) -> bytes:
    return zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(dictionary)).compress(text.encode())


@pytest.mark.skipif(not DATA.exists(), reason="needs the published dictionaries")
async def test_compressed_messages_are_read_with_the_published_dictionary() -> None:
    dictionary = (DATA / "zstd_dictionaries" / "legacy_subscribe.zdict").read_bytes()
    lines = (DATA / "jetstream_golden_v1.jsonl").read_text().splitlines()
    bench = Bench()
    async with scripted_stream(Connection([compressed(line, dictionary) for line in lines], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url, dictionary=dictionary), len(lines))
    assert column(chunks, "did") == [json.loads(line)["did"] for line in lines]
    assert server.asked[0]["compress"] == ["true"]


@pytest.mark.skipif(not DATA.exists(), reason="needs the published dictionaries")
async def test_the_dictionary_is_fetched_where_the_server_offers_it() -> None:
    dictionary = (DATA / "zstd_dictionaries" / "legacy_subscribe.zdict").read_bytes()
    async with scripted_stream(Connection([compressed(post(1), dictionary)], stay=True)) as server:
        server.files["/xrpc/network.bsky.jetstream.getZstdDictionary"] = dictionary
        chunks = await read_rows(source(Bench(), server.url, compress=True), 1)
    assert column(chunks, "text") == ["t1"]


async def test_without_a_dictionary_to_be_had_the_stream_is_read_uncompressed() -> None:
    async with scripted_stream(Connection([post(1)], stay=True)) as server:
        await read_rows(source(Bench(), server.url, compress=True), 1)
    assert "compress" not in server.asked[0]


async def test_a_message_that_would_grow_without_bound_is_quarantined() -> None:
    dictionary = zstandard.train_dictionary(1024, [post(number).encode() for number in range(200)]).as_bytes()
    bomb = compressed(" " * 20_000_000, dictionary)
    async with scripted_stream(Connection([bomb, compressed(post(1), dictionary)], stay=True)) as server:
        chunks = await read_quarantine(source(Bench(), server.url, dictionary=dictionary), 1)
    assert [entry.data for chunk in chunks for entry in chunk.quarantine] == [bomb]


async def test_a_stored_cursor_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(Rejected, match="expected microseconds"):
        await read_rows(source(Bench(), "ws://127.0.0.1:1"), 1, "seq 5")


async def test_an_unreachable_server_is_tried_again_with_growing_waits() -> None:
    bench = Bench()
    refusals = [Connection(refuse=(503, "busy")) for _ in range(6)]
    async with scripted_stream(*refusals, Connection([post(1)], stay=True)) as server:
        reading = source(bench, server.url)
        await read_rows(reading, 1)
    assert len(bench.waits.seconds) == 6
    assert bench.waits.seconds[5] > bench.waits.seconds[1]
    assert reading.link.reconnects == 6
    assert bench.metrics.value(catalog.INGEST_RECONNECTS, source="js", reason="refused") == 6
