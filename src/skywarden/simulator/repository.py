"""Turn writes into signed commits of a repository, with the blocks that prove them."""

from dataclasses import dataclass

from skywarden.atproto import cbor
from skywarden.atproto.car import write_car
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.commit import read_commit, sign_commit
from skywarden.atproto.keys import PrivateKey
from skywarden.atproto.mst import Mst
from skywarden.atproto.operation import RepoOp
from skywarden.kernel.ids import Did, Tid
from skywarden.simulator.acts import Write
from skywarden.simulator.sqlite import Head

_TIMELINE = ("app.bsky.feed.post/", "app.bsky.feed.like/", "app.bsky.feed.repost/")


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: everything that its frame says, and the blocks of its new records by path (None: deleted)."""

    rev: Tid
    since: str
    commit: bytes
    prev_data: bytes
    ops: tuple[RepoOp, ...]
    blocks: bytes
    records: dict[str, tuple[bytes, bytes] | None]
    done: tuple[tuple[Write, bytes | None], ...]


class Repository:
    """One account's tree and head, in memory."""

    def __init__(self, did: Did, key: PrivateKey, tree: Mst, head: Head, size: int) -> None:
        self._did = did
        self._key = key
        self._tree = tree
        self.head = head
        self.size = size

    @classmethod
    def found(cls, did: Did, key: PrivateKey, records: dict[str, bytes], rev: Tid) -> "Repository":
        """Make a repository with its first commit over the records (path -> CID)."""
        tree = _tree_of(records)
        return cls(did, key, tree, Head(rev, sign_commit(key, did, tree.root, rev)), len(records))

    @classmethod
    def restore(cls, did: Did, key: PrivateKey, records: dict[str, bytes], head: Head) -> "Repository":
        return cls(did, key, _tree_of(records), head, len(records))

    @property
    def commit_cid(self) -> bytes:
        return cid_bytes_of(self.head.commit_block)

    @property
    def is_consistent(self) -> bool:
        """Tell whether the head's commit names this tree."""
        return read_commit(self.head.commit_block).data == self._tree.root

    def tree_blocks(self) -> list[tuple[bytes, bytes]]:
        return list(self._tree.blocks())

    def paths(self) -> list[str]:
        return [path for path, _ in self._tree.entries()]

    def write(self, writes: tuple[Write, ...], rev: Tid) -> Change | None:
        """Commit the writes that fit the tree; None when none does."""
        before, tree = self._tree, self._tree
        ops: list[RepoOp] = []
        records: dict[str, tuple[bytes, bytes] | None] = {}
        done: list[tuple[Write, bytes | None]] = []
        for write in writes:
            prev = tree.get(write.path)
            if (prev is None) != (write.action == "create") or write.path in records:
                continue
            if write.record is None:
                tree = tree.delete(write.path)
                cid, records[write.path] = None, None
            else:
                block = cbor.encode(write.record)
                cid = cid_bytes_of(block)
                tree = tree.add(write.path, cid) if prev is None else tree.update(write.path, cid)
                records[write.path] = (cid, block)
            ops.append(RepoOp(write.action, write.path, cid, prev))
            done.append((write, cid))
        if not ops:
            return None
        since = self.head.rev
        growth = sum((op.prev is None) - (op.cid is None) for op in ops)
        self._advance(tree, rev, self.size + growth)
        proof = tree.proof_blocks(op.path for op in ops)
        new_blocks = [block for block in records.values() if block is not None]
        commit = self.commit_cid
        car = write_car(commit, [(commit, self.head.commit_block), *proof.items(), *new_blocks])
        return Change(rev, since, commit, before.root, tuple(ops), car, records, tuple(done))

    def _advance(self, tree: Mst, rev: Tid, size: int) -> None:
        self._tree = tree
        self.size = size
        self.head = Head(rev, sign_commit(self._key, self._did, tree.root, rev))

    def cut(self, keep: int, rev: Tid) -> list[str]:
        """Drop all but the newest `keep` posts, likes and reposts in one unannounced commit; say which went."""
        timeline = [path for path in self.paths() if path.startswith(_TIMELINE)]
        timeline.sort(key=lambda path: path.rsplit("/", 1)[1])
        dropped = timeline[: max(0, len(timeline) - keep)]
        tree = self._tree
        for path in dropped:
            tree = tree.delete(path)
        self._advance(tree, rev, self.size - len(dropped))
        return dropped


def _tree_of(records: dict[str, bytes]) -> Mst:
    tree = Mst.empty()
    for path, cid in records.items():
        tree = tree.add(path, cid)
    return tree
