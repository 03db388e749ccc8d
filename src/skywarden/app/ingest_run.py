"""Join one source with the log or with the screen: the whole of `skywarden ingest`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.app.data_folder import DataFolder
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver, IdentityResolver, StaticResolver
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.pipeline import IngestPipeline
from skywarden.ingest.sources.files import FileSource, open_file
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.log.sqlite import SqliteLog
from skywarden.observe.metrics import Metrics


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What to read and how; `data` None: nothing is stored."""

    source: str
    verify: VerifyMode
    did_docs: Path | None
    plc_url: str
    data: Path | None
    kernels: bool = False


class IngestSummary(msgspec.Struct, frozen=True):
    """What became of the source's messages."""

    source: str
    frames: int
    events: int
    verified: int
    ignored: int
    quarantined: int


Watch = Callable[[SourceChunk, FileSource], None]
"""Told of each chunk before it is stored."""


class _Watched:
    """A source whose chunks are shown as they pass."""

    def __init__(self, source: FileSource, watch: Watch) -> None:
        self._source = source
        self._watch = watch
        self.events = 0

    @property
    def name(self) -> str:
        return self._source.name

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        async for chunk in self._source.chunks(cursor):
            self.events += chunk.rows.num_rows
            self._watch(chunk, self._source)
            yield chunk


async def run_ingest(request: IngestRequest, watch: Watch) -> IngestSummary:
    """Read the source to its end; with a data folder from where the log has it, durably.

    Raises: Rejected, for a source that cannot be read; Broken, for a damaged or foreign log.
    """
    clock = SystemClock()
    verifier = CommitVerifier(request.verify, _resolver(request, clock))
    source = open_file(request.source, verifier=verifier, clock=clock, kernels=request.kernels)
    watched = _Watched(source, watch)
    if request.data is None:
        async for _ in watched.chunks(None):
            pass
    else:
        await _append(watched, DataFolder(request.data), clock)
    counts = source.counts
    return IngestSummary(
        source=source.name,
        frames=counts.messages,
        events=watched.events,
        verified=counts.verified,
        ignored=counts.ignored,
        quarantined=counts.quarantined,
    )


async def _append(source: _Watched, folder: DataFolder, clock: Clock) -> None:
    folder.make()
    log = SqliteLog(folder.log)
    try:
        accounts = AccountTable(folder.accounts)
        try:
            accounts.catch_up(log)
            await IngestPipeline(source, accounts, log, Metrics(), clock).run(asyncio.Event())
        finally:
            accounts.close()
    finally:
        log.close()


def _resolver(request: IngestRequest, clock: Clock) -> IdentityResolver | None:
    if request.verify is VerifyMode.OFF:
        return None
    if request.did_docs is not None:
        return StaticResolver.from_file(request.did_docs)
    return HttpResolver(GuardedFetcher(clock=clock), request.plc_url, clock=clock)
