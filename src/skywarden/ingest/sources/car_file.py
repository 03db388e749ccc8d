"""Turn a repository's export (a CAR file) into chunks of rows, one row a record."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from skywarden.atproto.repo_car import RepoCar, open_repo
from skywarden.atproto.tid import tid_micros
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.chunk import ChunkBuilder, DecodeCounts
from skywarden.ingest.decode.repo_record import add_record, block_of
from skywarden.ingest.sources.file_size import size_of
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.model.event import Action

_CHUNK_ROWS: Final = 8_192

Entry = tuple[str, bytes]


class CarFileSource:
    """All records of one export as creates, at the time of the export's commit; the cursor is the last path.

    Hashes are always checked; the commit's signature where the verifier's mode is not off.
    Raises: Rejected, when the export as a whole cannot be trusted or read. A bad record is quarantined alone, and what
    an incomplete export leaves out is one entry in the quarantine.
    """

    def __init__(self, path: Path, *, name: str, verifier: CommitVerifier, clock: Clock) -> None:
        self._path = path
        self._name = name
        self._verifier = verifier
        self._chunk = ChunkBuilder(name, clock=clock)
        self.size_bytes = size_of(path)
        self._done = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def counts(self) -> DecodeCounts:
        """What became of the records so far."""
        return self._chunk.counts

    @property
    def bytes_read(self) -> int:
        """All or nothing: records do not stand in the order of the tree."""
        return self.size_bytes if self._done else 0

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        """Yield the records whose path is after `cursor`, in the order of their paths."""
        with open_repo(self._path) as repo:
            if self._verifier.mode is not VerifyMode.OFF:
                await self._verifier.check_export(repo.commit)
                self._chunk.counts.verified += 1
            entries = (entry for entry in self._entries(repo) if cursor is None or entry[0] > cursor)
            while batch := list(islice(entries, _CHUNK_ROWS)):
                self._add(repo, batch)
                yield self._chunk.take(batch[-1][0])
        self._done = True

    def _entries(self, repo: RepoCar) -> Iterator[Entry]:
        """Walk the tree; from where a node is absent, as in one record's proof, go on with what is in the file."""
        last = ""
        try:
            for entry in repo.entries():
                last = entry[0]
                yield entry
        except Rejected as error:
            if error.reason != "mst-block-missing":
                raise
            self._chunk.reject(b"", last, error)
            yield from (entry for entry in repo.entries(partial=True) if entry[0] > last)

    def _add(self, repo: RepoCar, batch: list[Entry]) -> None:
        time_us = tid_micros(repo.commit.rev)
        for path, cid in batch:
            self._chunk.counts.messages += 1
            try:
                add_record(self._chunk.rows, repo, path, cid, time_us=time_us, action=Action.CREATE)
            except Rejected as error:
                self._chunk.reject(block_of(repo, cid), path, error)
