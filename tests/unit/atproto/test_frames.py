"""Frames: known messages become values, unknown ones are passed over, malformed ones are refused by name."""

import pytest

from shared_data import ROOT, frames_of
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.frames import (
    MAX_FRAME_BYTES,
    AccountMessage,
    CommitMessage,
    ErrorMessage,
    IdentityMessage,
    InfoMessage,
    SyncMessage,
    UnknownMessage,
    build_error_frame,
    build_frame,
    parse_frame,
    read_frame,
)
from skywarden.atproto.node import Link
from skywarden.atproto.operation import RepoOp
from skywarden.kernel.errors import Rejected

DID, REV, TIME = "did:plc:44ybard66vv44zksje25o7dz", "3migo7fijwi2k", "2026-07-04T00:00:00.000Z"
CID = cid_bytes_of(b"x")
COMMIT: dict[str, object] = {
    "seq": 7,
    "repo": DID,
    "rev": REV,
    "since": None,
    "commit": Link(CID),
    "blocks": b"car",
    "ops": [{"action": "create", "path": "app.bsky.feed.post/3migo7fijwi2k", "cid": Link(CID)}],
    "time": TIME,
    "tooBig": False,
    "rebase": False,
    "blobs": [],
}
ACCOUNT: dict[str, object] = {"seq": 8, "did": DID, "time": TIME, "active": True}


def test_a_commit_without_optional_fields_is_read() -> None:
    message = parse_frame(build_frame("#commit", COMMIT))
    assert isinstance(message, CommitMessage)
    assert (message.seq, message.repo, message.rev, message.since, message.prev_data) == (7, DID, REV, None, None)
    assert (message.ops[0].action, message.ops[0].cid, message.ops[0].prev) == ("create", CID, None)


def test_a_deletion_has_no_cid_and_may_have_a_prev() -> None:
    op = {"action": "delete", "path": "app.bsky.feed.post/1", "cid": None, "prev": Link(CID)}
    message = parse_frame(build_frame("#commit", {**COMMIT, "ops": [op], "since": REV, "prevData": Link(CID)}))
    assert isinstance(message, CommitMessage)
    assert (message.ops[0].cid, message.ops[0].prev, message.prev_data, message.since) == (None, CID, CID, REV)


def test_the_other_messages_are_read() -> None:
    identity = {"seq": 1, "did": DID, "time": TIME}
    assert parse_frame(build_frame("#identity", identity)) == IdentityMessage(1, DID, TIME)
    assert parse_frame(build_frame("#account", {**ACCOUNT, "status": "odd"})) == AccountMessage(
        8, DID, TIME, True, "odd"
    )
    sync = {**identity, "rev": REV, "blocks": b"car"}
    assert parse_frame(build_frame("#sync", sync)) == SyncMessage(1, DID, REV, b"car", TIME)
    assert parse_frame(build_frame("#info", {"name": "OutdatedCursor"})) == InfoMessage("OutdatedCursor")
    assert parse_frame(build_error_frame("FutureCursor", "no")) == ErrorMessage("FutureCursor", "no")


def test_unknown_ops_and_types_are_passed_over() -> None:
    assert parse_frame(build_frame("#handle", {"seq": 1})) == UnknownMessage(1, "#handle")
    assert parse_frame(encode({"op": 2, "t": "#commit"}) + encode({})) == UnknownMessage(2, "#commit")
    assert parse_frame(encode({"op": 1}) + encode({})) == UnknownMessage(1, None)


def test_unknown_fields_are_passed_over() -> None:
    assert isinstance(parse_frame(build_frame("#account", {**ACCOUNT, "new": {"a": [1]}})), AccountMessage)
    ops = [{"action": "delete", "path": "a.b/c", "new": [1]}]
    message = parse_frame(build_frame("#commit", {**COMMIT, "ops": ops, "new": None}))
    assert isinstance(message, CommitMessage)
    assert message.ops == (RepoOp("delete", "a.b/c"),)
    header = encode({"op": 1, "t": "#account", "x": 1})
    assert isinstance(parse_frame(header + encode(ACCOUNT)), AccountMessage)


@pytest.mark.parametrize(
    "field, value", [("tooBig", None), ("tooBig", 1), ("rebase", "x"), ("blobs", None), ("blobs", [[]])]
)
def test_withdrawn_fields_may_hold_anything(field: str, value: object) -> None:
    assert isinstance(parse_frame(build_frame("#commit", {**COMMIT, field: value})), CommitMessage)


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "cbor-truncated"),
    "header only": (encode({"op": 1, "t": "#commit"}), "frame-truncated"),
    "odd header only": (encode({"op": 5}), "frame-truncated"),
    "three items": (build_frame("#account", ACCOUNT) + b"\x01", "cbor-trailing-bytes"),
    "header that is a list": (encode([1]) + encode({}), "frame-header"),
    "op as text": (encode({"op": "1", "t": "#commit"}) + encode({}), "frame-header"),
    "type as number": (encode({"op": 1, "t": 1}) + encode({}), "frame-header"),
    "body that is a list": (encode({"op": 1, "t": "#commit"}) + b"\x80", "frame-body"),
    "too large": (bytes(MAX_FRAME_BYTES + 1), "frame-too-large"),
    "no seq": (build_frame("#account", {"did": DID, "time": TIME, "active": True}), "message-field"),
    "seq of 0": (build_frame("#account", {**ACCOUNT, "seq": 0}), "message-field"),
    "seq of 2^53": (build_frame("#account", {**ACCOUNT, "seq": 2**53}), "message-field"),
    "seq as text": (build_frame("#account", {**ACCOUNT, "seq": "8"}), "message-field"),
    "active as number": (build_frame("#account", {**ACCOUNT, "active": 1}), "message-field"),
    "no DID": (build_frame("#account", {**ACCOUNT, "did": "alice"}), "message-did"),
    "DID of 3,000 characters": (build_frame("#account", {**ACCOUNT, "did": "did:web:" + "a" * 3_000}), "message-did"),
    "blocks as text": (build_frame("#commit", {**COMMIT, "blocks": "aGk="}), "message-field"),
    "commit as bytes": (build_frame("#commit", {**COMMIT, "commit": CID}), "message-field"),
    "prev as bytes": (
        build_frame("#commit", {**COMMIT, "ops": [{"action": "delete", "path": "a.b/c", "cid": None, "prev": CID}]}),
        "message-field",
    ),
    "commit of another hash": (build_frame("#commit", {**COMMIT, "commit": b"short"}), "message-cid"),
    "commit of CIDv0": (build_frame("#commit", COMMIT).replace(bytes(Link(CID)), bytes(36)), "cbor-link"),
    "cid as text": (
        build_frame("#commit", {**COMMIT, "ops": [{"action": "create", "path": "a.b/c", "cid": "AAAA"}]}),
        "message-field",
    ),
    "sync blocks as text": (
        build_frame("#sync", {"seq": 1, "did": DID, "rev": REV, "blocks": "aGk=", "time": TIME}),
        "message-field",
    ),
    "float": (build_frame("#account", ACCOUNT)[:-10] + b"x", "cbor-truncated"),
    "unknown field with a float": (
        encode({"op": 1, "t": "#info"}) + b"\xa2\x61x\xfb" + bytes(8) + b"\x64name\x61a",
        "cbor-float",
    ),
    "unknown field 40 deep": (
        encode({"op": 1, "t": "#info"}) + b"\xa2\x61x" + b"\x81" * 40 + b"\x01\x64name\x61a",
        "cbor-too-deep",
    ),
    "unknown field 500 deep in an operation": (
        encode({"op": 1, "t": "#commit"}) + b"\xa1\x63ops\x81\xa1\x61x" + b"\x81" * 500 + b"\x01",
        "cbor-too-deep",
    ),
    "no ops": (build_frame("#commit", {**COMMIT, "ops": None}), "message-field"),
    "unknown action": (
        build_frame("#commit", {**COMMIT, "ops": [{"action": "move", "path": "a.b/c"}]}),
        "message-field",
    ),
    "201 ops": (
        build_frame("#commit", {**COMMIT, "ops": [{"action": "delete", "path": "a.b/c"}] * 201}),
        "message-field",
    ),
    "blocks of 2 MB": (build_frame("#commit", {**COMMIT, "blocks": bytes(2_000_001)}), "message-field"),
    "rev that is no TID": (build_frame("#commit", {**COMMIT, "rev": "x"}), "message-rev"),
    "sync rev that is no TID": (
        build_frame("#sync", {"seq": 1, "did": DID, "rev": "", "blocks": b"", "time": TIME}),
        "message-rev",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_frame_is_refused_by_name(name: str) -> None:
    data, reason = BAD[name]
    with pytest.raises(Rejected) as error:
        parse_frame(data)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    "path",
    ["", "a", "app.bsky.feed.post", "app.bsky.feed.post/", "/x", "a.b/c/d", "a.b/.", "a.b/..", "a.b/c d", "ä.b/c"],
)
def test_a_path_that_no_repository_can_hold_is_refused(path: str) -> None:
    frame = build_frame("#commit", {**COMMIT, "ops": [{"action": "delete", "path": path}]})
    with pytest.raises(Rejected) as error:
        parse_frame(frame)
    assert error.value.reason == "message-path"


def test_any_streams_frame_can_be_split() -> None:
    frame = read_frame(build_frame("#labels", {"seq": 3, "labels": []}))
    assert (frame.op, frame.t, frame.body) == (1, "#labels", {"seq": 3, "labels": []})


@pytest.mark.parametrize("name, count", [("relay.frames", 75), ("pds_recorded.frames", 2_001)])
def test_all_frames_of_a_real_stream_are_read(name: str, count: int) -> None:
    messages = [parse_frame(frame) for frame in frames_of(ROOT / "firehose" / name)]
    assert len(messages) == count
    assert not [message for message in messages if isinstance(message, UnknownMessage)]
