"""Turn a commit message into checked records: hashes, signature, identity of the repository, inversion.

Each check can be called alone, for those who verify only a sample. What a check refuses carries its own reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from skywarden.atproto.car import Car, checked_block, find_block, read_car
from skywarden.atproto.cbor import decode_map, encode
from skywarden.atproto.frames import CommitMessage, SyncMessage
from skywarden.atproto.keys import PrivateKey, PublicKey
from skywarden.atproto.mst import Mst, invert
from skywarden.atproto.node import Link
from skywarden.atproto.tid import is_tid
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Tid

REPO_VERSION: Final = 3
MAX_RECORD_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SignedCommit:
    """A repository's commit. `data` is the raw CID of its tree, `signed_bytes` what `sig` was made over."""

    did: Did
    version: int
    data: bytes
    rev: Tid
    prev: bytes | None
    sig: bytes
    signed_bytes: bytes


@dataclass(frozen=True, slots=True)
class CheckedCommit:
    """A commit message that holds what it says. `records` are the blocks of created and updated records by path.

    `inverted` is False where the message had no `prevData` to compare with.
    """

    commit: SignedCommit
    records: dict[str, bytes]
    inverted: bool


def read_commit(block: bytes) -> SignedCommit:
    """Read a commit's block. Raises: Rejected (`commit-version`, `commit-form`, `cbor-...`)."""
    fields = decode_map(block)
    version = fields.get("version")
    if version != REPO_VERSION:
        raise Rejected("commit-version", expected=f"version {REPO_VERSION}", found=repr(version)[:20])
    did, data, rev, prev, sig = (fields.get(name) for name in ("did", "data", "rev", "prev", "sig"))
    if not isinstance(did, str) or not isinstance(data, Link) or not isinstance(rev, str) or not is_tid(rev):
        raise _bad_form(fields)
    if type(sig) is not bytes or not (prev is None or isinstance(prev, Link)):
        raise _bad_form(fields)
    signed = encode({name: value for name, value in fields.items() if name != "sig"})
    return SignedCommit(Did(did), REPO_VERSION, bytes(data), Tid(rev), prev, sig, signed)


def sign_commit(key: PrivateKey, did: Did, data: bytes, rev: Tid) -> bytes:
    """Make the block of a commit whose tree has the root `data`."""
    fields: dict[str, object] = {"did": did, "version": REPO_VERSION, "data": Link(data), "rev": rev, "prev": None}
    return encode({**fields, "sig": key.sign(encode(fields))})


def check_commit(message: CommitMessage, key: PublicKey) -> CheckedCommit:
    """Check all that a commit message claims.

    Raises: Rejected: `car-...` (blocks), `commit-root`, `commit-repo`, `commit-rev`, `commit-signature`, `mst-...` and
    `commit-prev-data` (operations), `commit-record-...` (records).
    """
    car = read_car(message.blocks)
    commit = open_commit(message, car)
    check_signature(commit, key)
    inverted = check_operations(message, commit, car.blocks)
    return CheckedCommit(commit, record_blocks(message, car.blocks), inverted)


def open_commit(message: CommitMessage, car: Car) -> SignedCommit:
    """Read the commit's block and match it with what the message says."""
    if car.roots[0] != message.commit:
        raise Rejected("commit-root", expected="the commit as the CAR's first root", found=car.roots[0].hex())
    commit = read_commit(car.block(message.commit))
    _match(commit, message.repo, message.rev)
    return commit


def check_sync(message: SyncMessage, key: PublicKey) -> SignedCommit:
    """Check a sync message: its one block is a commit that the account signed."""
    car = read_car(message.blocks)
    commit = read_commit(car.block(car.roots[0]))
    _match(commit, message.did, message.rev)
    check_signature(commit, key)
    return commit


def check_signature(commit: SignedCommit, key: PublicKey) -> None:
    """Refuse a commit that `key` did not sign."""
    if not key.verify(commit.signed_bytes, commit.sig):
        raise Rejected(
            "commit-signature",
            place=commit.did,
            expected=f"a signature by {key.did_key}",
            found="another",
            hint="resolve the DID again: the key may have been rotated",
        )


def check_operations(message: CommitMessage, commit: SignedCommit, blocks: Mapping[bytes, bytes]) -> bool:
    """Compare the operations with the tree, and with the tree before them where `prevData` names it.

    A first commit (no `since`, no `prevData`) must come from the empty tree if it is inverted at all; older servers
    send no `prevData`: then only the tree after the operations is compared, and the answer is False.
    """
    if message.prev_data is None:
        tree = Mst.load(commit.data, blocks)
        for op in message.ops:
            if tree.get(op.path) != op.cid:
                raise Rejected("mst-op-cid", place=op.path, expected="the CID that the tree holds", found="another")
        return False
    before = invert(commit.data, blocks, message.ops)
    if before != message.prev_data:
        raise Rejected("commit-prev-data", expected=message.prev_data.hex(), found=before.hex())
    return True


def record_blocks(message: CommitMessage, blocks: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """Give the blocks of the records that the message created or updated, their hashes checked."""
    return {op.path: _sized(op.path, checked_block(blocks, op.cid)) for op in message.ops if op.cid is not None}


def record_block(message: CommitMessage, cid: bytes) -> bytes:
    """Give one record's block, its hash checked, without reading the rest of the CAR."""
    block = find_block(message.blocks, cid)
    return block if len(block) <= MAX_RECORD_BYTES else _sized(message.repo, block)


def _sized(place: str, block: bytes) -> bytes:
    if len(block) > MAX_RECORD_BYTES:
        expected = f"at most {MAX_RECORD_BYTES} bytes"
        raise Rejected("commit-record-too-large", place=place, expected=expected, found=str(len(block)))
    return block


def _match(commit: SignedCommit, did: str, rev: str) -> None:
    if commit.did != did:
        raise Rejected("commit-repo", expected=f"a commit of {did}", found=commit.did)
    if commit.rev != rev:
        raise Rejected("commit-rev", place=did, expected=f"rev {rev}", found=commit.rev)


def _bad_form(fields: Mapping[str, object]) -> Rejected:
    found = ", ".join(f"{name} {type(value).__name__}" for name, value in fields.items())
    return Rejected("commit-form", expected="did, rev, data, prev and sig", found=found[:200])
