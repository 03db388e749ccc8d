"""subscribeRepos is followed as PROTOCOL.md 37-40 say: order, cursors, framing, gaps, no loss and no repeat."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from reading import Bench, column, read_quarantine, read_rows
from servers.recording import read_frames
from servers.scripted_stream import Connection, scripted_stream
from skywarden.atproto.cbor import encode, from_json
from skywarden.atproto.frames import build_error_frame, build_frame
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.sources.live import HARD_LIMIT_BYTES, LiveSource
from skywarden.ingest.sources.seq_order import MANY_BEHIND
from skywarden.ingest.sources.subscribe_repos import FRAMING_PAUSE_S, SubscribeReposWire
from skywarden.ingest.sync_state import RepoGate
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog

RECORDING = Path(__file__).parents[3] / "data" / "pds_recorded.frames"
SCENARIOS = Path("../shared/data/firehose/relay_scenarios")
TIME = "2026-07-04T12:00:00.000Z"


def source(bench: Bench, url: str, **options: Any) -> LiveSource:
    gate = RepoGate("relay", clock=bench.clock, metrics=bench.metrics)
    wire = SubscribeReposWire("relay", url, clock=bench.clock, metrics=bench.metrics, **options)
    decoder = FirehoseDecoder("relay", gate=gate, clock=bench.clock)
    return LiveSource(wire, decoder, clock=bench.clock, metrics=bench.metrics, gate=gate, wait=bench.waits)


def identity(seq: int) -> bytes:
    return build_frame("#identity", {"seq": seq, "did": f"did:plc:n{seq}", "time": TIME})


def outdated() -> bytes:
    return build_frame("#info", {"name": "OutdatedCursor", "message": "too old"})


def seqs(chunks: list[SourceChunk]) -> list[int]:
    return column(chunks, "seq")


def frame_of(message: dict[str, Any]) -> bytes:
    """A scenario's frame from its JSON form, whose base64 has no padding."""
    body = dict(message["frame"]["body"])
    if "blocks" in body:
        text = body["blocks"]["$bytes"]
        body["blocks"] = b64decode(text + "=" * (-len(text) % 4))
    plain = {name: value if isinstance(value, bytes) else from_json(value) for name, value in body.items()}
    return encode(message["frame"]["header"]) + encode(plain)


async def test_a_recorded_stream_arrives_whole_over_many_connections() -> None:
    frames = read_frames(RECORDING)
    thirds = [Connection(frames[:700]), Connection(frames[600:1300]), Connection(frames[1299:], stay=True)]
    async with scripted_stream(Connection(frames, stay=True)) as server:
        whole = await read_rows(source(Bench(), server.url), 2_079)
    async with scripted_stream(*thirds) as server:
        pieces = await read_rows(source(Bench(), server.url), 2_079)
    assert seqs(pieces) == seqs(whole)
    assert len(server.cursors) == 3


async def test_a_reconnect_asks_for_what_follows_the_last_decoded_frame() -> None:
    bench = Bench()
    script = (Connection([identity(5), identity(9)]), Connection([identity(9), identity(12)], stay=True))
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(bench, server.url), 3)
    assert seqs(chunks) == [5, 9, 12]
    assert server.cursors == [None, "9"]
    assert chunks[-1].cursor == "12"


async def test_a_stored_cursor_is_asked_for_and_its_own_frame_not_taken_twice() -> None:
    async with scripted_stream(Connection([identity(9), identity(10)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 1, "9")
    assert (server.cursors, seqs(chunks)) == (["9"], [10])


async def test_the_very_first_connection_starts_live_or_at_the_oldest_frame() -> None:
    async with scripted_stream(Connection([identity(1)], stay=True)) as server:
        await read_rows(source(Bench(), server.url, start_at="oldest"), 1)
    assert server.cursors == ["0"]


async def test_a_repeated_frame_is_not_processed_and_ends_the_connection() -> None:
    bench = Bench()
    script = (Connection([identity(5), identity(6), identity(5)], stay=True), Connection([identity(7)], stay=True))
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(bench, server.url), 3)
    assert seqs(chunks) == [5, 6, 7]
    assert bench.metrics.value(catalog.INGEST_RECONNECTS, source="relay", reason="seq-repeated") == 1
    assert server.cursors == [None, "6"]


async def test_frames_out_of_order_are_taken_in_order_from_the_next_connection() -> None:
    bench = Bench()
    script = (
        Connection([identity(5), identity(8), identity(7)], stay=True),
        Connection([identity(5), identity(7), identity(8), identity(9)], stay=True),
    )
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(bench, server.url), 4)
    assert seqs(chunks) == [5, 7, 8, 9]
    assert server.cursors == [None, "5"]


async def test_a_server_whose_history_is_out_of_order_costs_one_connection_and_no_message() -> None:
    wrong = [identity(seq) for seq in (5, 8, 7, 9, 12, 11, 10, 13)]
    async with scripted_stream(*(Connection(wrong, stay=True) for _ in range(4))) as server:
        chunks = await read_rows(source(Bench(), server.url), 8)
    assert seqs(chunks) == [5, 7, 8, 9, 10, 11, 12, 13]
    assert server.cursors == [None, "5"]


async def test_a_server_that_repeats_much_costs_one_connection_in_a_while() -> None:
    bench = Bench()
    many = [identity(seq) for number in range(1, 30) for seq in (number, number)]
    async with scripted_stream(*(Connection(many, stay=True) for _ in range(4))) as server:
        chunks = await read_rows(source(bench, server.url), 29)
    assert seqs(chunks) == list(range(1, 30))
    assert len(server.cursors) == 2


async def test_a_server_that_ignores_the_cursor_is_noticed() -> None:
    bench = Bench()
    reset = [identity(number) for number in range(1, MANY_BEHIND + 10)]
    async with scripted_stream(Connection(reset, stay=True), Connection([identity(9001)], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url), 1, "9000")
    assert seqs(chunks) == [9001]
    assert bench.metrics.value(catalog.INGEST_RECONNECTS, source="relay", reason="seq-behind") == 1


async def test_a_future_cursor_stops_with_advice_and_is_never_reset() -> None:
    async with scripted_stream(Connection([build_error_frame("FutureCursor", "too far")])) as server:
        with pytest.raises(Rejected, match=r"future-cursor.*found 999.*add #2 to the URL"):
            await read_rows(source(Bench(), server.url), 1, "999")
    assert server.cursors == ["999"]


async def test_an_outdated_cursor_is_recorded_as_a_gap_and_the_stream_goes_on() -> None:
    bench = Bench()
    async with scripted_stream(Connection([outdated(), identity(500), identity(501)], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url), 2, "9")
    assert seqs(chunks) == [500, 501]
    assert chunks[0].after_gap
    assert bench.metrics.value(catalog.INGEST_GAPS, source="relay", kind="outdated") == 1


async def test_an_info_without_a_cursor_of_ours_is_no_gap() -> None:
    async with scripted_stream(Connection([outdated(), identity(500)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url, start_at="oldest"), 1)
    assert not chunks[0].after_gap


async def test_other_errors_of_the_server_lead_to_a_new_connection_after_a_wait() -> None:
    bench = Bench()
    script = (Connection([identity(1), build_error_frame("ConsumerTooSlow")]), Connection([identity(2)], stay=True))
    async with scripted_stream(*script) as server:
        assert seqs(await read_rows(source(bench, server.url), 2)) == [1, 2]
    assert bench.metrics.value(catalog.INGEST_RECONNECTS, source="relay", reason="consumer-too-slow") == 1
    assert bench.waits.seconds[0] > 0


async def test_unknown_ops_and_types_and_fields_are_passed_over() -> None:
    strange = [
        build_frame("#poll", {"seq": 2, "question": "?"}),
        encode({"op": 7, "t": "#commit"}) + encode({}),
        build_frame("#identity", {"seq": 3, "did": "did:plc:n3", "time": TIME, "mood": "fine"}),
    ]
    async with scripted_stream(Connection([identity(1), *strange, identity(4)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 3)
    assert seqs(chunks) == [1, 3, 4]
    assert not [entry for chunk in chunks for entry in chunk.quarantine]


async def test_a_frame_that_cannot_be_read_is_quarantined_and_ends_the_connection_once() -> None:
    bench = Bench()
    broken = b"\xff\xffnot a frame"
    script = (
        Connection([identity(1), broken], stay=True),
        Connection([identity(1), broken, identity(2)], stay=True),
    )
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(bench, server.url), 2)
    assert seqs(chunks) == [1, 2]
    assert [entry.data for chunk in chunks for entry in chunk.quarantine] == [broken]
    assert bench.metrics.value(catalog.INGEST_RECONNECTS, source="relay", reason="framing") == 1


async def test_many_broken_frames_do_not_end_a_connection_each() -> None:
    bench = Bench()
    broken = [bytes([0xFF, number]) for number in range(50)]
    mixed = [frame for number, bad in enumerate(broken) for frame in (identity(number + 1), bad)]
    async with scripted_stream(*(Connection(mixed, stay=True) for _ in range(9))) as server:
        chunks = await read_quarantine(source(bench, server.url), 50)
    assert sorted({entry.data for chunk in chunks for entry in chunk.quarantine}) == broken
    assert sum(len(chunk.quarantine) for chunk in chunks) == 50
    assert seqs(chunks) == list(range(1, 51))
    assert len(server.cursors) <= 2
    assert FRAMING_PAUSE_S > 1


async def test_a_message_over_the_hard_limit_is_left_behind_and_noted() -> None:
    bench = Bench()
    huge = b"\x00" * (HARD_LIMIT_BYTES + 1)
    async with scripted_stream(Connection([identity(1), huge]), Connection([identity(3)], stay=True)) as server:
        chunks = await read_rows(source(bench, server.url), 2)
    assert seqs(chunks) == [1, 3]
    assert server.cursors == [None, "2"]
    assert chunks[-1].after_gap


async def test_a_frame_over_the_protocols_limit_is_quarantined_with_its_bytes() -> None:
    large = build_frame("#identity", {"seq": 2, "did": "did:plc:n2", "time": TIME, "pad": b"\x00" * 5_000_000})
    async with scripted_stream(Connection([identity(1), large, identity(3)], stay=True)) as server:
        chunks = await read_rows(source(Bench(), server.url), 2)
    entries = [entry for chunk in chunks for entry in chunk.quarantine]
    assert [(entry.reason, len(entry.data)) for entry in entries] == [("frame-too-large", len(large))]


@pytest.mark.skipif(not SCENARIOS.exists(), reason="needs the recorded relay scenarios")
@pytest.mark.parametrize("name", sorted(path.stem for path in SCENARIOS.glob("*.json")))
async def test_each_scenario_of_the_reference_relay_passes_and_drops_as_recorded(name: str) -> None:
    messages = json.loads((SCENARIOS / f"{name}.json").read_text())["messages"]
    frames = [frame_of(message) for message in messages]
    end = identity(2**52)
    wanted = [message["frame"]["body"]["seq"] for message in messages if not message["drop"]]
    # After a violation the server goes on with what comes after it.
    script = [Connection([*frames[start:], end], stay=True) for start in range(len(frames))]
    async with scripted_stream(script[0], *script[2:]) as server:
        chunks = await read_rows(source(Bench(), server.url), len(wanted) + 1)
    assert list(dict.fromkeys(seqs(chunks))) == [*wanted, 2**52]


async def test_a_broken_frame_does_not_stand_for_the_good_one_with_its_seq() -> None:
    broken = [identity(2) + b"\x00", identity(2)[:-1], identity(2).replace(b"cseq\x02", b"cseq\x18\x02")]
    script = (Connection([identity(1), *broken, identity(2), identity(3)], stay=True),) * 2
    async with scripted_stream(*script) as server:
        chunks = await read_rows(source(Bench(), server.url), 3)
    assert seqs(chunks) == [1, 2, 3]
    assert [entry.data for chunk in chunks for entry in chunk.quarantine] == broken
