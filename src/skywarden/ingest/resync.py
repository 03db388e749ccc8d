"""Turn accounts that lost the thread into accounts that follow it again (PROTOCOL.md 48, 49).

What happened since the last known rev is fetched as an export, from the relay first and then from the account's own
server; its signature is always checked. Its rows enter the stream, then the messages that waited.

Retry: a failed resync is given up, and the waiting messages are taken as they are. Crash: the stored state is that
before the break, so the next commit breaks the chain again and asks again. Two writers: one resyncer a source.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import pyarrow as pa

from skywarden.atproto.commit import check_signature
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.repo_car import RepoCar, read_repo_car
from skywarden.ingest.contract import Decoder, RepoState, SourceChunk
from skywarden.ingest.repo_diff import missed_rows
from skywarden.ingest.sync_state import Held, RepoGate
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.observe import catalog
from skywarden.observe.logs import Logger

METHOD = "/xrpc/com.atproto.sync.getRepo"
MAX_WAITING = 1_000
WORKERS = 2
MAX_MENDED_AT_ONCE = 50


class Answer(Protocol):
    """A response, read whole."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...


class Fetcher(Protocol):
    """A `GuardedFetcher` whose limits fit a repository."""

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer: ...


class Resolver(Protocol):
    """Finds an account's key and its own server."""

    async def resolve(self, did: Did) -> DidDocument: ...


@dataclass(frozen=True, slots=True)
class ResyncConfig:
    """Who is asked: `upstream_url` is the http(s) origin of the relay, empty for none."""

    fetcher: Fetcher
    resolver: Resolver
    upstream_url: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    did: Did
    since: str | None


@dataclass(frozen=True, slots=True)
class _Mended:
    did: Did
    state: RepoState | None
    chunk: SourceChunk | None


class Resyncer:
    """The queue between the gate, which asks, and the workers, which fetch."""

    def __init__(self, source: str, config: ResyncConfig, clock: Clock) -> None:
        self._source = source
        self._config = config
        self._clock = clock
        self._wanted: deque[_Wanted] = deque()
        self._mended: deque[_Mended] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._logger = Logger("resync")

    def request(self, did: Did, since: str | None) -> bool:
        """Ask for an account; False when too many wait. Safe from any thread."""
        if len(self._wanted) >= MAX_WAITING:
            return False
        self._wanted.append(_Wanted(did, since))
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)
        return True

    def start(self) -> None:
        """Begin to fetch, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._workers = [asyncio.create_task(self._work(), name=f"resync {number}") for number in range(WORKERS)]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def mended(self, gate: RepoGate, decoder: Decoder) -> SourceChunk | None:
        """Rows of the resyncs that have ended, then those of the messages that waited for them."""
        if not self._mended:
            return None
        chunks: list[SourceChunk] = []
        held: list[Held] = []
        while self._mended and len(chunks) < MAX_MENDED_AT_ONCE:
            one = self._mended.popleft()
            if one.chunk is not None:
                chunks.append(one.chunk)
            held += gate.resync_failed(one.did) if one.state is None else gate.resynced(one.state)
        for message in held:
            decoder.add(message.data, message.position)
        await decoder.settle()
        chunks.append(await asyncio.to_thread(decoder.take))
        rows = pa.concat_batches([chunk.rows for chunk in chunks])
        return SourceChunk(rows, None, tuple(entry for chunk in chunks for entry in chunk.quarantine))

    async def _work(self) -> None:
        while True:
            while not self._wanted:
                self._wake.clear()
                await self._wake.wait()
            wanted = self._wanted.popleft()
            try:
                self._mended.append(await self._resync(wanted))
            except (Rejected, Retryable) as error:
                self._logger.warning(catalog.RESYNC_FAILED, source=self._source, did=wanted.did, detail=str(error))
                self._mended.append(_Mended(wanted.did, None, None))

    async def _resync(self, wanted: _Wanted) -> _Mended:
        repo = await self._fetch(wanted)
        if repo.commit.did != wanted.did:
            raise Rejected("resync-did", place=wanted.did, expected=wanted.did, found=repo.commit.did)
        document = await self._config.resolver.resolve(wanted.did)
        check_signature(repo.commit, document.signing_key())
        chunk = await asyncio.to_thread(missed_rows, repo, wanted.since, self._source, self._clock)
        return _Mended(wanted.did, RepoState(wanted.did, rev=repo.commit.rev, data=repo.commit.data), chunk)

    async def _fetch(self, wanted: _Wanted) -> RepoCar:
        """Ask the relay, then the account's own server."""
        try:
            if self._config.upstream_url:
                return await self._export(self._config.upstream_url, wanted)
        except (Rejected, Retryable) as error:
            self._logger.warning(catalog.RESYNC_FAILED, source=self._source, did=wanted.did, detail=str(error))
        document = await self._config.resolver.resolve(wanted.did)
        if document.pds_endpoint is None:
            raise Rejected("resync-no-server", place=wanted.did, expected="a PDS in the DID document")
        return await self._export(document.pds_endpoint, wanted)

    async def _export(self, origin: str, wanted: _Wanted) -> RepoCar:
        params = {"did": wanted.did} if wanted.since is None else {"did": wanted.did, "since": wanted.since}
        answer = await self._config.fetcher.get(f"{origin}{METHOD}?{urlencode(params)}")
        if answer.status != 200:
            raise Retryable(f"{origin}: HTTP {answer.status} for the export of {wanted.did}")
        return await asyncio.to_thread(read_repo_car, answer.body)
