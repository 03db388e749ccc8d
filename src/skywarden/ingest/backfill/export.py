"""Turn a downloaded export into chunks of rows, as strictly as was chosen."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from skywarden.atproto.commit import check_signature
from skywarden.atproto.keys import PublicKey
from skywarden.atproto.repo_car import RepoCar, open_repo
from skywarden.atproto.tid import is_tid
from skywarden.ingest.backfill.state import Held
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.chunk import ChunkBuilder
from skywarden.ingest.decode.repo_record import add_record, block_of
from skywarden.ingest.repo_diff import LAST_REV, Hole, within
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.event import Action

CHUNK_ROWS = 4_096


class Strictness(StrEnum):
    """What an export must stand; the hash of every block that is used is checked always."""

    OFF = "off"
    """What can be read is taken; what is missing of the tree is one entry in the quarantine."""
    STRUCTURE = "structure"
    """The whole tree that the commit names is there, in order."""
    FULL = "full"
    """And the account signed the commit."""


@dataclass(frozen=True, slots=True)
class Export:
    """A downloaded export: whose it should be, who served it, and what of it is held already.

    `held` with a path: it was interrupted there. `held` without one: it was asked for since that rev, and has only
    what is newer. `key`: the account's, where the signature is to be checked.
    """

    path: Path
    did: Did
    source: str
    strictness: Strictness
    key: PublicKey | None = None
    held: Held | None = None

    @property
    def is_partial(self) -> bool:
        return self.held is not None and self.held.path is None


def read_export(export: Export, clock: Clock) -> Iterator[tuple[SourceChunk, Held]]:
    """Give chunks in the order of record paths, each with what is held once it is stored.

    Time is the moment of reading: when we witnessed the record. Raises: Rejected, when the export as a whole is
    refused; a bad record is quarantined alone.
    """
    held = export.held
    after = held.path if held is not None else None
    with open_repo(export.path) as repo:
        _check(repo, export)
        rev = held.rev if held is not None and after is not None else str(repo.commit.rev)
        chunk = ChunkBuilder(export.source, clock=clock)
        entries = (entry for entry in _entries(repo, chunk, export) if after is None or entry[0] > after)
        batch = list(islice(entries, CHUNK_ROWS))
        while True:
            following = list(islice(entries, CHUNK_ROWS))
            _add(chunk, repo, batch, clock.now_us(), renewed=export.is_partial)
            yield chunk.take(None), Held(rev, batch[-1][0] if following else None)
            if not following:
                return
            batch = following


def _check(repo: RepoCar, export: Export) -> None:
    if repo.commit.did != export.did:
        raise Rejected("commit-repo", expected=f"a repository of {export.did}", found=repo.commit.did)
    if export.key is not None:
        check_signature(repo.commit, export.key)
    if export.strictness is not Strictness.OFF and not export.is_partial:
        for _ in repo.entries():  # reads every node: a missing or false one is found before any row is stored
            continue


def _entries(repo: RepoCar, chunk: ChunkBuilder, export: Export) -> Iterator[tuple[str, bytes]]:
    """Walk the tree; with holes, what can be reached, and one entry in the quarantine that says so."""
    if export.held is not None and export.is_partial:
        yield from within(repo, Hole(export.did, export.held.rev, LAST_REV))
        return
    last = ""
    try:
        for entry in repo.entries():
            last = entry[0]
            yield entry
    except Rejected as error:
        if error.reason != "mst-block-missing":
            raise
        chunk.reject(b"", f"{export.did}/{last}", error)
        yield from (entry for entry in repo.entries(partial=True) if entry[0] > last)


def _add(chunk: ChunkBuilder, repo: RepoCar, batch: list[tuple[str, bytes]], time_us: int, *, renewed: bool) -> None:
    for path, cid in batch:
        known = renewed and not is_tid(path.partition("/")[2])
        try:
            action = Action.UPDATE if known else Action.CREATE
            add_record(chunk.rows, repo, path, cid, time_us=time_us, action=action)
        except Rejected as error:
            chunk.reject(block_of(repo, cid), f"{repo.commit.did}/{path}", error)
