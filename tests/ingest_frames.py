"""Make frames of subscribeRepos as a server sends them, sound or spoilt."""

from collections.abc import Mapping

from skywarden.atproto.car import write_car
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.commit import sign_commit
from skywarden.atproto.frames import build_frame
from skywarden.atproto.keys import PrivateKey
from skywarden.atproto.mst import Mst
from skywarden.atproto.node import Link
from skywarden.kernel.ids import Did, Tid

DID, REV, SINCE = Did("did:plc:44ybard66vv44zksje25o7dz"), Tid("3migo7fijwi2k"), Tid("3migo7fijwi2a")
KEY = PrivateKey.from_hex("11" * 32)
TIME, TIME_US = "2026-07-04T14:38:08.420Z", 1_783_175_888_420_000
POST = "app.bsky.feed.post/3migo7fijwi2k"


def post(text: str = "hello", **fields: object) -> dict[str, object]:
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": TIME, **fields}


def commit_frame(records: Mapping[str, object], *, seq: int = 31_527_015_322, **changes: object) -> bytes:
    """A signed commit that creates records: values, or bytes that stand for a block as they are."""
    blocks = {path: value if isinstance(value, bytes) else encode(value) for path, value in records.items()}
    cids = {path: cid_bytes_of(block) for path, block in blocks.items()}
    before = Mst.empty()
    for number in range(20):
        before = before.add(f"app.bsky.feed.like/{number:04}", cid_bytes_of(bytes(number)))
    tree = before
    for path, cid in cids.items():
        tree = tree.add(path, cid)
    commit = sign_commit(KEY, DID, tree.root, REV)
    sections = [(cid_bytes_of(commit), commit), *tree.proof_blocks(blocks).items()]
    sections += [(cids[path], block) for path, block in blocks.items()]
    body: dict[str, object] = {
        "seq": seq,
        "repo": DID,
        "rev": REV,
        "since": SINCE,
        "commit": Link(cid_bytes_of(commit)),
        "blocks": write_car(cid_bytes_of(commit), sections),
        "ops": [{"action": "create", "path": path, "cid": Link(cid)} for path, cid in cids.items()],
        "prevData": Link(before.root),
        "time": TIME,
        "blobs": [],
        "rebase": False,
        "tooBig": False,
    }
    return build_frame("#commit", {**body, **changes})
