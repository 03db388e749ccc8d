"""Commits: what a server claims is compared with what the account signed."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from shared_data import ROOT, frames_of, present
from skywarden.atproto.car import read_car, write_car
from skywarden.atproto.cbor import decode_map, encode, record_from_json
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.commit import (
    check_commit,
    check_operations,
    check_sync,
    open_commit,
    read_commit,
    record_block,
    record_blocks,
    sign_commit,
)
from skywarden.atproto.frames import CommitMessage, SyncMessage, build_frame, parse_frame
from skywarden.atproto.keys import PrivateKey, PublicKey
from skywarden.atproto.mst import Mst
from skywarden.atproto.operation import RepoOp
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Tid

DID, REV = Did("did:plc:44ybard66vv44zksje25o7dz"), Tid("3migo7fijwi2k")
KEY = PrivateKey.from_hex("11" * 32)
RECORD = encode({"$type": "app.bsky.feed.post", "text": "hello"})
PATH = "app.bsky.feed.post/3migo7fijwi2k"


@dataclass
class Made:
    """A commit message made here, and its parts."""

    message: CommitMessage
    tree: Mst
    block: bytes


def made(key: PrivateKey = KEY, did: Did = DID, rev: Tid = REV, **changes: Any) -> Made:
    before = Mst.empty()
    for number in range(50):
        before = before.add(f"app.bsky.feed.like/{number:04}", cid_bytes_of(bytes(number)))
    tree = before.add(PATH, cid_bytes_of(RECORD))
    block = sign_commit(key, did, tree.root, rev)
    blocks = {cid_bytes_of(block): block, **tree.proof_blocks([PATH]), cid_bytes_of(RECORD): RECORD}
    message = CommitMessage(
        seq=1,
        repo=DID,
        rev=REV,
        commit=cid_bytes_of(block),
        blocks=write_car(cid_bytes_of(block), blocks.items()),
        ops=(RepoOp("create", PATH, cid_bytes_of(RECORD)),),
        time="2026-07-04T00:00:00Z",
        since=REV,
        prev_data=before.root,
    )
    return Made(msgspec.structs.replace(message, **changes), tree, block)


def refusal(message: CommitMessage, key: PublicKey = KEY.public) -> str:
    with pytest.raises(Rejected) as error:
        check_commit(message, key)
    return error.value.reason


def test_a_sound_commit_gives_its_records() -> None:
    checked = check_commit(made().message, KEY.public)
    assert checked.records == {PATH: RECORD}
    assert checked.inverted
    assert (checked.commit.did, checked.commit.rev) == (DID, REV)


def test_a_commit_of_another_key_is_refused() -> None:
    assert refusal(made(PrivateKey.from_hex("22" * 32)).message) == "commit-signature"
    assert refusal(made().message, PrivateKey.from_hex("11" * 32, "p256").public) == "commit-signature"


def test_a_commit_of_another_repository_is_refused() -> None:
    assert refusal(made(did=Did("did:plc:other")).message) == "commit-repo"


def test_a_commit_of_another_rev_is_refused() -> None:
    assert refusal(made(rev=Tid("3migo7fijwi22")).message) == "commit-rev"


def test_a_commit_that_is_not_the_root_is_refused() -> None:
    assert refusal(made(commit=cid_bytes_of(b"x")).message) == "commit-root"


def test_a_false_prev_data_is_refused() -> None:
    assert refusal(made(prev_data=cid_bytes_of(b"x")).message) == "commit-prev-data"


def test_an_operation_that_was_left_out_shows_in_the_inversion() -> None:
    assert refusal(made(ops=()).message) == "commit-prev-data"


def test_an_operation_with_another_cid_is_refused_with_and_without_prev_data() -> None:
    ops = (RepoOp("create", PATH, cid_bytes_of(b"x")),)
    assert refusal(made(ops=ops).message) == "mst-op-cid"
    assert refusal(made(ops=ops, prev_data=None).message) == "mst-op-cid"


def test_without_prev_data_the_commit_passes_but_is_not_called_inverted() -> None:
    assert not check_commit(made(prev_data=None).message, KEY.public).inverted


def test_a_missing_record_is_refused() -> None:
    parts = made()
    car = read_car(parts.message.blocks)
    blocks = [(cid, block) for cid, block in car.blocks.items() if block != RECORD]
    message = msgspec.structs.replace(parts.message, blocks=write_car(car.roots[0], blocks))
    assert refusal(message) == "car-block-missing"


@pytest.mark.parametrize("at", range(60, 1_000, 47))
def test_one_changed_byte_of_the_blocks_is_refused(at: int) -> None:
    message = made().message
    broken = bytearray(message.blocks)
    broken[at] ^= 1
    refusal(msgspec.structs.replace(message, blocks=bytes(broken)))


def test_the_record_is_also_found_without_the_full_check() -> None:
    message = made().message
    assert record_block(message, cid_bytes_of(RECORD)) == RECORD


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"version": 2}, "commit-version"),
        ({"rev": "x"}, "commit-form"),
        ({"data": b"x"}, "commit-form"),
        ({"sig": "x"}, "commit-form"),
        ({"prev": 1}, "commit-form"),
        ({"did": None}, "commit-form"),
    ],
)
def test_a_malformed_commit_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(Rejected) as error:
        read_commit(encode({**decode_map(made().block), **changes}))
    assert error.value.reason == reason


def test_an_unknown_field_of_a_commit_is_part_of_what_was_signed() -> None:
    block = encode({**decode_map(made().block), "extra": 1})
    commit = read_commit(block)
    assert not KEY.public.verify(commit.signed_bytes, commit.sig)


def test_a_sync_message_is_checked_as_a_commit_is() -> None:
    block = made().block
    message = SyncMessage(1, DID, REV, write_car(cid_bytes_of(block), [(cid_bytes_of(block), block)]), "")
    assert check_sync(message, KEY.public).rev == REV
    with pytest.raises(Rejected) as error:
        check_sync(msgspec.structs.replace(message, did="did:plc:other"), KEY.public)
    assert error.value.reason == "commit-repo"


COMMITS = ["4621317030", "4621317332", "4621332152", "4623075231"]


@pytest.mark.parametrize("seq", COMMITS)
def test_commits_of_the_time_before_prev_data_hold_what_their_operations_say(seq: str) -> None:
    body = json.loads(present(ROOT / "firehose" / "commits" / f"firehose_commit_{seq}.json").read_text())
    message = parse_frame(build_frame("#commit", {**record_from_json(body)}))
    assert isinstance(message, CommitMessage)
    car = read_car(message.blocks)
    assert check_operations(message, open_commit(message, car), car.blocks) is False
    assert len(record_blocks(message, car.blocks)) == len(message.ops)


def relay_commits() -> list[tuple[CommitMessage, PublicKey]]:
    docs = json.loads(present(ROOT / "firehose" / "did_docs.json").read_text())
    pairs = []
    for frame in frames_of(ROOT / "firehose" / "relay.frames"):
        message = parse_frame(frame)
        assert isinstance(message, CommitMessage)
        methods = docs[message.repo]["verificationMethod"]
        text = next(method["publicKeyMultibase"] for method in methods if method["id"].endswith("#atproto"))
        pairs.append((message, PublicKey.from_multibase(text)))
    return pairs


def test_every_commit_of_the_production_relay_verifies_and_inverts() -> None:
    checked = [check_commit(message, key) for message, key in relay_commits()]
    assert len(checked) == 75
    assert all(commit.inverted for commit in checked)


def test_every_commit_of_a_real_server_inverts_and_both_ways_to_its_records_agree() -> None:
    inverted = 0
    for frame in frames_of(ROOT / "firehose" / "pds_recorded.frames"):
        message = parse_frame(frame)
        if not isinstance(message, CommitMessage):
            continue
        car = read_car(message.blocks)
        inverted += check_operations(message, open_commit(message, car), car.blocks)
        records = record_blocks(message, car.blocks)
        assert {op.path: record_block(message, op.cid) for op in message.ops if op.cid} == records
    assert inverted == 1_664
