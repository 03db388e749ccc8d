"""Frames become rows; what cannot is quarantined with its reason and bytes, and the stream goes on."""

import json
from pathlib import Path

import libipld
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_frames import DID, POST, REV, TIME, TIME_US, commit_frame, post
from shared_data import ROOT, frames_of
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.frames import build_error_frame, build_frame, parse_frame
from skywarden.atproto.node import Link
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.decode.usual_frame import read_usual
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.model.event import Action, Kind

RECORDED = list(frames_of(Path(__file__).parents[2] / "data/pds_recorded.frames"))
GOOD = commit_frame({POST: post()})


def decode(*frames: bytes) -> SourceChunk:
    decoder = FirehoseDecoder("relay", clock=ManualClock())
    for number, frame in enumerate(frames):
        decoder.add(frame, f"byte {number}")
    return decoder.take()


def test_a_created_post_becomes_a_row() -> None:
    row = decode(GOOD).rows.to_pylist()[0]
    assert (row["seq"], row["source"], row["time_us"], row["did"]) == (31_527_015_322, "relay", TIME_US, DID)
    assert (row["kind"], row["action"], row["rev"]) == (Kind.COMMIT, Action.CREATE, REV)
    assert (row["collection"], row["rkey"]) == ("app.bsky.feed.post", "3migo7fijwi2k")
    assert (row["text"], row["created_at_us"], row["links"]) == ("hello", TIME_US, [])
    assert row["cid"] == cid_text(cid_bytes_of(encode(post())))
    assert json.loads(row["record"]) == post()


def test_identity_account_and_sync_frames_become_rows() -> None:
    rows = decode(
        build_frame("#identity", {"seq": 1, "did": DID, "time": TIME, "handle": "ann.test"}),
        build_frame("#account", {"seq": 2, "did": DID, "time": TIME, "active": False, "status": "takendown"}),
        build_frame("#sync", {"seq": 3, "did": DID, "time": TIME, "rev": REV, "blocks": b""}),
    ).rows.to_pylist()
    assert [row["kind"] for row in rows] == [Kind.IDENTITY, Kind.ACCOUNT, Kind.SYNC]
    assert rows[0]["handle"] == "ann.test"
    assert (rows[1]["account_active"], rows[1]["account_status"]) == (False, "takendown")
    assert rows[2]["rev"] == REV


def test_links_and_bytes_are_written_as_the_data_model_says() -> None:
    cid = cid_bytes_of(b"a picture", 0x55)
    avatar = {"$type": "blob", "ref": Link(cid), "mimeType": "image/png", "size": 9}
    record = {
        "$type": "app.bsky.actor.profile",
        "avatar": avatar,
        "extra": b"\x00\xff",
        "other": b"\x01\x71\x12\x20" * 9,
    }
    row = decode(commit_frame({"app.bsky.actor.profile/self": record})).rows.to_pylist()[0]
    assert row["avatar_cid"] == cid_text(cid)
    written = json.loads(row["record"])
    assert written["avatar"]["ref"] == {"$link": cid_text(cid)}
    assert written["extra"] == {"$bytes": "AP8"}
    assert written["other"] == {"$bytes": "AXESIAFxEiABcRIgAXESIAFxEiABcRIgAXESIAFxEiABcRIg"}


def test_a_record_that_cannot_be_read_is_quarantined_alone() -> None:
    float_block = libipld.encode_dag_cbor({"$type": "com.example.thing", "half": 0.5})
    frame = commit_frame({POST: post(), "com.example.thing/1": float_block, "com.example.thing/2": {"n": 1}})
    chunk = decode(frame)
    assert chunk.rows.column("rkey").to_pylist() == ["3migo7fijwi2k", "2"]
    (entry,) = chunk.quarantine
    assert (entry.reason, entry.position, entry.data) == ("cbor-float", "31527015322", frame)
    assert "com.example.thing/1" in entry.detail


def test_unknown_and_advisory_frames_are_passed_over() -> None:
    decoder = FirehoseDecoder("relay", clock=ManualClock())
    for frame in (
        build_frame("#weather", {"did": 7}),
        encode({"op": 9}) + encode({}),
        build_frame("#info", {"name": "OutdatedCursor"}),
        build_error_frame("FutureCursor"),
    ):
        decoder.add(frame, "0")
    chunk = decoder.take()
    assert (chunk.rows.num_rows, chunk.quarantine, decoder.counts.ignored) == (0, (), 4)


HEADER = encode({"op": 1, "t": "#commit"})
SOME_CID = cid_bytes_of(b"x")


def spoilt_record(block: bytes) -> bytes:
    return commit_frame({POST: block})


def spoilt_blocks(blocks: bytes) -> bytes:
    return commit_frame({POST: post()}, blocks=blocks)


BAD: dict[str, tuple[bytes, str]] = {
    "an empty frame": (b"", "cbor-truncated"),
    "a header alone": (HEADER, "frame-truncated"),
    "a frame cut off": (GOOD[:-7], "cbor-truncated"),
    "a third item": (GOOD + b"\x01", "cbor-trailing-bytes"),
    "depth 1,000 in the body": (HEADER + b"\xa1\x61a" + b"\x81" * 1_000 + b"\x01", "cbor-too-deep"),
    "depth 2 million": (HEADER + b"\x81" * 2_000_000 + b"\x01", "cbor-too-many-elements"),
    "depth 1,000 in a record": (spoilt_record(b"\xa1\x61a" + b"\x81" * 1_000 + b"\x01"), "cbor-too-deep"),
    "array length 2^32": (HEADER + b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00", "cbor-truncated"),
    "map length 2^60": (HEADER + b"\xbb\x10\x00\x00\x00\x00\x00\x00\x00", "cbor-truncated"),
    "text length 2^63": (HEADER + b"\x7b\x80\x00\x00\x00\x00\x00\x00\x00", "cbor-truncated"),
    "a repeated key": (spoilt_record(b"\xa2\x61a\x01\x61a\x01"), "cbor-key-duplicate"),
    "unsorted keys": (spoilt_record(b"\xa2\x61b\x01\x61a\x01"), "cbor-key-order"),
    "a non-minimal integer": (spoilt_record(b"\xa1\x61a\x18\x01"), "cbor-non-minimal"),
    "a non-minimal length": (spoilt_record(b"\xa1\x78\x01a\x01"), "cbor-non-minimal"),
    "a float64": (spoilt_record(b"\xa1\x61a\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00"), "cbor-float"),
    "NaN": (spoilt_record(b"\xa1\x61a\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00"), "cbor-float"),
    "an indefinite map": (spoilt_record(b"\xbf\x61a\x01\xff"), "cbor-indefinite"),
    "two objects where one is due": (spoilt_record(b"\xa0\xa0"), "cbor-trailing-bytes"),
    "an integer past 64 bits": (spoilt_record(b"\xa1\x61a\x1b" + b"\xff" * 8), "cbor-integer-range"),
    "a CIDv0": (spoilt_record(b"\xa1\x61a\xd8\x2a\x58\x23\x00\x12\x20" + b"x" * 32), "cbor-link"),
    "a lone surrogate": (spoilt_record(b"\xa1\x61a\x63\xed\xa0\x80"), "cbor-utf8"),
    "a record that is no map": (spoilt_record(encode([1])), "cbor-not-a-map"),
    "a block with a false CID": (GOOD.replace(b"hello", b"hallo"), "car-block-missing"),
    "a block length of 2^62": (spoilt_blocks(b"\x80\x80\x80\x80\x80\x80\x80\x80\x40" + SOME_CID), "car-block-missing"),
    "an empty CAR": (spoilt_blocks(b""), "car-block-missing"),
    "a body that is no map": (HEADER + encode([1]), "frame-body"),
    "a commit without seq": (build_frame("#commit", {"repo": DID}), "message-field"),
    "a seq of 2^53": (commit_frame({POST: post()}, seq=2**53), "message-field"),
    "a rev that is no TID": (commit_frame({POST: post()}, rev="0000000000000"), "message-rev"),
    "a path without a collection": (
        commit_frame({POST: post()}, ops=[{"action": "create", "path": "post", "cid": Link(SOME_CID)}]),
        "message-path",
    ),
    "a time that is none": (commit_frame({POST: post()}, time="yesterday"), "datetime-syntax"),
    "a frame of more than 5 MB": (HEADER + encode({"blocks": b"x" * 5_000_000}), "frame-too-large"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_frame_is_quarantined_and_the_next_one_decodes(case: str) -> None:
    frame, reason = BAD[case]
    chunk = decode(GOOD, frame, GOOD)
    assert chunk.rows.num_rows == 2
    assert [(entry.reason, entry.data == frame, entry.source) for entry in chunk.quarantine] == [
        (reason, True, "relay")
    ]
    assert reason in chunk.quarantine[0].detail


def test_a_quarantined_frame_is_named_by_its_seq_where_it_has_one() -> None:
    chunk = decode(b"\xff", GOOD.replace(b"hello", b"hallo"))
    assert [entry.position for entry in chunk.quarantine] == ["byte 0", "31527015322"]


def test_the_short_cut_for_usual_frames_says_what_the_long_way_says() -> None:
    usual = [frame for frame in RECORDED if read_usual(frame) is not None]
    assert len(usual) > 1_400
    assert [read_usual(frame) for frame in usual] == [parse_frame(frame) for frame in usual]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_the_short_cut_never_accepts_what_the_long_way_refuses(data: st.DataObject) -> None:
    frame = bytearray(
        GOOD if data.draw(st.booleans()) else commit_frame({POST: post()}, seq=data.draw(st.integers(1, 2**53)))
    )
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] = data.draw(st.integers(0, 255))
    read = read_usual(bytes(frame))
    if read is not None:
        assert read == parse_frame(bytes(frame))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_bytes_never_raise(frame: bytes) -> None:
    chunk = decode(frame, HEADER + frame)
    assert chunk.rows.num_rows == 0
    assert all(entry.data in (frame, HEADER + frame) for entry in chunk.quarantine)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_changed_bytes_of_real_frames_never_raise(data: st.DataObject) -> None:
    frame = bytearray(data.draw(st.sampled_from(RECORDED)))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    assert len(decode(bytes(frame), GOOD).rows) >= 1


@pytest.mark.skipif(not ROOT.exists(), reason="shared data is absent")
def test_frames_of_the_production_relay_decode_without_quarantine() -> None:
    chunk = decode(*frames_of(ROOT / "firehose/relay.frames"))
    assert (chunk.rows.num_rows, chunk.quarantine) == (77, ())


def test_frames_of_a_recorded_pds_decode_without_quarantine() -> None:
    chunk = decode(*RECORDED)
    assert (chunk.rows.num_rows, chunk.quarantine) == (2_079, ())
    assert chunk.cursor == "byte 2000"


def test_the_long_way_names_the_place_of_the_error() -> None:
    with pytest.raises(Rejected, match="byte"):
        parse_frame(GOOD[:-7])
