"""Turn a repository's export (a CAR file) into its commit and its records in the order of their paths."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from skywarden.atproto.car import MAX_REPO_CAR_BYTES, CarFile, checked_block, read_car
from skywarden.atproto.commit import MAX_RECORD_BYTES, SignedCommit, read_commit
from skywarden.atproto.mst import Mst
from skywarden.kernel.errors import Rejected


@dataclass(frozen=True, slots=True)
class RepoRecord:
    """One record of an export; `cid` is raw, `block` is what it names."""

    path: str
    cid: bytes
    block: bytes


@dataclass(frozen=True, slots=True)
class RepoCar:
    """A repository's export: its commit, and the tree that the commit signs.

    Nothing is taken on trust but the signature: check that with `check_signature(commit, key)`.
    """

    commit: SignedCommit
    tree: Mst
    blocks: Mapping[bytes, bytes]

    def __enter__(self) -> "RepoCar":
        return self

    def __exit__(self, *exit_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, if there is one."""
        if isinstance(self.blocks, CarFile):
            self.blocks.close()

    def entries(self, *, partial: bool = False) -> Iterator[tuple[str, bytes]]:
        """Walk paths and CIDs in order; with `partial` only those whose record is in the file, as in a record's proof.

        Raises: Rejected when a node of the tree is malformed or, without `partial`, absent.
        """
        entries = self.tree.entries(partial=partial)
        return ((path, cid) for path, cid in entries if cid in self.blocks) if partial else entries

    def record(self, path: str, cid: bytes) -> RepoRecord:
        """Give one record. Raises: Rejected when it is absent, false or too large; the others stay readable."""
        block = checked_block(self.blocks, cid)
        if len(block) > MAX_RECORD_BYTES:
            expected = f"at most {MAX_RECORD_BYTES} bytes"
            raise Rejected("commit-record-too-large", place=path, expected=expected, found=str(len(block)))
        return RepoRecord(path, cid, block)

    def records(self, *, partial: bool = False) -> Iterator[RepoRecord]:
        """Walk all records in the order of their paths. Raises: Rejected at the first that cannot be given."""
        return (self.record(path, cid) for path, cid in self.entries(partial=partial))


def open_repo(path: Path, *, max_bytes: int = MAX_REPO_CAR_BYTES) -> RepoCar:
    """Open an export on disk; blocks are read when they are used, so memory holds the index and the tree only.

    Raises: Rejected (`car-...`, `commit-...`), also `commit-version` for exports older than version 3.
    """
    blocks = CarFile(path, max_bytes=max_bytes)
    try:
        return _repo(blocks.roots, blocks)
    except Rejected:
        blocks.close()
        raise


def read_repo_car(data: bytes) -> RepoCar:
    """Read an export that is in memory. Raises: Rejected as `open_repo`."""
    car = read_car(data, max_bytes=MAX_REPO_CAR_BYTES, verify_hashes=False)
    return _repo(car.roots, car.blocks)


def _repo(roots: tuple[bytes, ...], blocks: Mapping[bytes, bytes]) -> RepoCar:
    commit = read_commit(checked_block(blocks, roots[0]))
    return RepoCar(commit, Mst.load(commit.data, blocks), blocks)
