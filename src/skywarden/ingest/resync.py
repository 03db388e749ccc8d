"""Turn accounts that lost the thread into accounts that follow it again (PROTOCOL.md 48, 49).

What happened since the last known rev is fetched as an export, from the relay first and then from the account's own
server; its signature is always checked. The hole's rows enter the stream, then the messages that waited.

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
from skywarden.ingest.contract import Decoder, SourceChunk
from skywarden.ingest.repo_diff import Hole, missed_rows, without
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
class _Mended:
    """A hole with what filled it; None: nobody could."""

    hole: Hole
    chunk: SourceChunk | None


class Resyncer:
    """The queue between the gate, which asks, and the workers, which fetch."""

    def __init__(self, source: str, config: ResyncConfig, clock: Clock) -> None:
        self._source = source
        self._config = config
        self._clock = clock
        self._wanted: deque[Hole] = deque()
        self._mended: deque[_Mended] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._logger = Logger("resync")

    def request(self, did: Did, since: str, until: str) -> bool:
        """Ask for what an account did after rev `since`; False when too many wait. Safe from any thread."""
        if len(self._wanted) >= MAX_WAITING:
            return False
        self._wanted.append(Hole(did, since, until))
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
        filled: list[SourceChunk] = []
        held: list[Held] = []
        while self._mended and len(filled) < MAX_MENDED_AT_ONCE:
            one = self._mended.popleft()
            if one.chunk is not None:
                filled.append(one.chunk)
            held += gate.resync_failed(one.hole.did) if one.chunk is None else gate.resynced(one.hole.did)
        waited = await _decode(held, decoder)
        rows = [*(without(chunk.rows, waited.rows) for chunk in filled), waited.rows]
        quarantine = tuple(entry for chunk in (*filled, waited) for entry in chunk.quarantine)
        return SourceChunk(pa.concat_batches(rows), None, quarantine)

    async def _work(self) -> None:
        while True:
            while not self._wanted:
                self._wake.clear()
                await self._wake.wait()
            hole = self._wanted.popleft()
            try:
                self._mended.append(_Mended(hole, await self._fill(hole)))
            except (Rejected, Retryable) as error:
                self._tell(hole, error)
                self._mended.append(_Mended(hole, None))

    async def _fill(self, hole: Hole) -> SourceChunk:
        repo = await self._fetch(hole)
        if repo.commit.did != hole.did:
            raise Rejected("resync-did", place=hole.did, expected=hole.did, found=repo.commit.did)
        document = await self._config.resolver.resolve(hole.did)
        check_signature(repo.commit, document.signing_key())
        return await asyncio.to_thread(missed_rows, repo, hole, self._source, self._clock)

    def _tell(self, hole: Hole, error: Exception) -> None:
        self._logger.warning(catalog.RESYNC_FAILED, source=self._source, did=hole.did, detail=str(error))

    async def _fetch(self, hole: Hole) -> RepoCar:
        """Ask the relay, then the account's own server."""
        try:
            if self._config.upstream_url:
                return await self._export(self._config.upstream_url, hole)
        except (Rejected, Retryable) as error:
            self._tell(hole, error)
        document = await self._config.resolver.resolve(hole.did)
        if document.pds_endpoint is None:
            raise Rejected("resync-no-server", place=hole.did, expected="a PDS in the DID document")
        return await self._export(document.pds_endpoint, hole)

    async def _export(self, origin: str, hole: Hole) -> RepoCar:
        query = urlencode({"did": hole.did, "since": hole.since})
        answer = await self._config.fetcher.get(f"{origin}{METHOD}?{query}")
        if answer.status != 200:
            raise Retryable(f"{origin}: HTTP {answer.status} for the export of {hole.did}")
        return await asyncio.to_thread(read_repo_car, answer.body)


async def _decode(held: list[Held], decoder: Decoder) -> SourceChunk:
    for message in held:
        decoder.add(message.data, message.position)
    await decoder.settle()
    return await asyncio.to_thread(decoder.take)
