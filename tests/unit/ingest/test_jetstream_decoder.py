"""Jetstream JSON of both versions becomes rows; malformed JSON becomes quarantine and the stream goes on."""

import gzip
import json
from pathlib import Path

import pytest

from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.kernel.clock import ManualClock
from skywarden.model.event import Action, Kind

DATA = Path(__file__).parents[4] / "shared/data"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
RECORD = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2026-07-04T14:38:08.420Z"}
COMMIT = {"rev": "3mptbypluud2a", "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3mptbyoeyc22k"}


def v1(**changes: object) -> dict[str, object]:
    commit = {**COMMIT, "record": RECORD, "cid": "bafy", **changes}
    return {"did": DID, "time_us": 1_783_175_888_085_434, "kind": "commit", "commit": commit}


def decode(*messages: bytes) -> SourceChunk:
    decoder = JetstreamDecoder("jetstream", clock=ManualClock())
    for number, message in enumerate(messages):
        decoder.add(message, str(number))
    assert decoder.pending() == len(messages)
    return decoder.take()


def test_a_version_1_commit_becomes_a_row() -> None:
    chunk = decode(json.dumps(v1()).encode())
    row = chunk.rows.to_pylist()[0]
    assert (row["did"], row["kind"], row["action"]) == (DID, Kind.COMMIT, Action.CREATE)
    assert (row["collection"], row["rkey"], row["rev"]) == (COMMIT["collection"], COMMIT["rkey"], COMMIT["rev"])
    assert (row["text"], row["seq"], row["time_us"]) == ("hi", None, 1_783_175_888_085_434)
    assert json.loads(row["record"]) == RECORD
    assert chunk.cursor == "0"


def test_version_2_events_of_each_kind_become_rows() -> None:
    envelope = {"seq": 9, "did": DID, "time": "2026-07-04T14:38:08.420001Z"}
    prefix = "network.bsky.jetstream.subscribeEvents#"
    payloads: list[dict[str, object]] = [
        {"$type": prefix + "commit", **COMMIT, "record": RECORD, "cid": "bafy"},
        {"$type": prefix + "commit", **COMMIT, "operation": "delete"},
        {"$type": prefix + "identity", "identity": {"did": DID, "seq": 1, "time": "x", "handle": "ann.test"}},
        {"$type": prefix + "account", "account": {"did": DID, "seq": 2, "active": False, "status": "suspended"}},
        {"$type": prefix + "sync", "sync": {"did": DID, "seq": 3, "rev": "3mptbypluud2a"}},
        {"$type": prefix + "info", "name": "OutdatedCursor"},
    ]
    messages = [{"$type": "message", "payload": {**envelope, **payload}} for payload in payloads]
    rows = decode(*(json.dumps(message).encode() for message in messages)).rows.to_pylist()
    assert [row["kind"] for row in rows] == [Kind.COMMIT, Kind.COMMIT, Kind.IDENTITY, Kind.ACCOUNT, Kind.SYNC]
    assert {row["seq"] for row in rows} == {9}
    assert {row["time_us"] for row in rows} == {1_783_175_888_420_001}
    assert (rows[1]["action"], rows[1]["record"]) == (Action.DELETE, None)
    assert rows[2]["handle"] == "ann.test"
    assert (rows[3]["account_active"], rows[3]["account_status"]) == (False, "suspended")
    assert rows[4]["rev"] == "3mptbypluud2a"


def text_message(record_text: str) -> bytes:
    return json.dumps(v1(record="HERE")).replace('"HERE"', record_text).encode()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (text_message(r'{"text": "\ud800"}'), "json-surrogate"),
        (text_message(r'{"\uDFFF": 1}'), "json-surrogate"),
        (text_message('{"n": 1' + "0" * 5_000 + "}"), "json-integer-range"),
        (text_message('{"n": 9223372036854775808}'), "json-integer-range"),
        (text_message('{"n": NaN}'), "json-number"),
        (text_message('{"n": -Infinity}'), "json-number"),
        (text_message('{"n": 1.5}'), "json-float"),
        (text_message('{"n": 1e400}'), "json-float"),
        (text_message('{"a": 1, "a": 1}'), "json-key-duplicate"),
        (text_message('{"a": ' + "[" * 1_000 + "]" * 1_000 + "}"), "json-too-deep"),
        (text_message('{"a": ' + "[" * 40 + "]" * 40 + "}"), "json-too-deep"),
        (text_message("[" * 2_000_000), "json-too-deep"),
        (text_message("7"), "jetstream-form"),
        (text_message("null"), "record-missing"),
        (b"\xff\xfe{}", "json-utf8"),
        (b"", "json-syntax"),
        (b'{"did": "x"', "json-syntax"),
        (b"{}{}", "json-syntax"),
        (b"[]", "json-not-an-object"),
        (json.dumps({**v1(), "time_us": "soon"}).encode(), "jetstream-form"),
        (json.dumps(v1(operation="destroy")).encode(), "jetstream-form"),
        (b'{"x": "' + b"x" * (8 * 1024 * 1024) + b'"}', "message-too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_json_is_quarantined_and_the_next_message_decodes(message: bytes, reason: str) -> None:
    good = json.dumps(v1()).encode()
    chunk = decode(good, message, good)
    assert chunk.rows.num_rows == 2
    assert [(entry.reason, entry.data, entry.position) for entry in chunk.quarantine] == [(reason, message, "1")]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert decode(text_message(r'{"text": "\ud83d\ude00"}')).rows.column("text").to_pylist() == ["😀"]


def test_kinds_of_a_later_version_are_passed_over() -> None:
    decoder = JetstreamDecoder("jetstream", clock=ManualClock())
    decoder.add(b'{"kind": "weather", "did": 7}', "1")
    chunk = decoder.take()
    assert (chunk.rows.num_rows, len(chunk.quarantine), decoder.counts.ignored) == (0, 0, 1)


@pytest.mark.skipif(not DATA.exists(), reason="shared data is absent")
def test_real_posts_decode_without_quarantine() -> None:
    lines = gzip.decompress((DATA / "posts/real_posts_as_jetstream.jsonl.gz").read_bytes()).splitlines()
    chunk = decode(*lines)
    assert (chunk.rows.num_rows, len(chunk.quarantine)) == (8_552, 0)
    assert chunk.rows.column("created_at_us").null_count == 0


@pytest.mark.skipif(not DATA.exists(), reason="shared data is absent")
def test_golden_events_of_production_decode() -> None:
    lines = (DATA / "firehose/jetstream_golden_v1.jsonl").read_bytes().splitlines()
    rows = decode(*lines).rows.to_pylist()
    assert [row["kind"] for row in rows[7:9]] == [Kind.IDENTITY, Kind.ACCOUNT]
    assert rows[7]["seq"] == 30_340_180_350
    assert [row["did"] for row in rows] == [json.loads(line)["did"] for line in lines]
