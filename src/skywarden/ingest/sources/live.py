"""Turn a websocket stream into decoded chunks, over as many connections as it takes.

Retry: a lost connection is made again with growing waits, at the cursor of what was decoded. Crash: nothing is kept
here; the stored cursor says where to go on. Two writers: one source has one task.
Backpressure: while nobody asks for the next chunk the socket is not read.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from skywarden.ingest.contract import CHUNK_WAIT_S, MAX_CHUNK_MESSAGES, Decoder, SourceChunk
from skywarden.ingest.rate_watch import RateWatch
from skywarden.ingest.reconnect import Backoff, Link, Wait
from skywarden.ingest.resync import Resyncer
from skywarden.ingest.sources.wire import LinkLost, Received, Wire
from skywarden.ingest.sync_state import RepoGate
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

HARD_LIMIT_BYTES = 8 * 1024 * 1024
"""A longer message ends the connection unread; the decoders quarantine what is over the protocol's own limits."""

MAX_CHUNK_BYTES = 32 * 1024 * 1024
TICK_S = 1.0
"""How often a silent connection is looked after."""

PING_S = 20.0
CLOSE_S = 0.5
"""The other side's goodbye is waited for so long; it may stand behind a backlog that nobody will read."""

WAITING_MESSAGES = 128
"""Messages that the socket may hold read and not yet taken; with fewer it pauses and goes on at every other one."""

_TOO_LARGE = 1009
_MAX_RETRY_AFTER_S = 300.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """What arrived, when the first of it did, and what ended the connection after it."""

    messages: list[Received]
    end: Exception | None
    received_s: float


class LiveSource:
    """A network source: `wire` speaks the stream's protocol, `decoder` makes rows."""

    def __init__(
        self,
        wire: Wire,
        decoder: Decoder,
        *,
        clock: Clock,
        metrics: Metrics,
        gate: RepoGate,
        resyncer: Resyncer | None = None,
        backoff: Backoff | None = None,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self.wire = wire
        self.link = Link(host=wire.name)
        self._decoder = decoder
        self._clock = clock
        self._metrics = metrics
        self._gate = gate
        self._resyncer = resyncer
        self._backoff = backoff or Backoff()
        self._wait = wait
        self._watch = RateWatch(clock)
        self._logger = Logger("ingest")

    @property
    def name(self) -> str:
        return self.wire.name

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        """Yield what the stream gives after `cursor`, for ever.

        Raises: `Rejected`, when the server refuses in a way that only a person can mend.
        """
        self.wire.start(cursor)
        if self._resyncer is not None:
            self._resyncer.start()
        try:
            while True:
                lost = LinkLost("closed")
                try:
                    await self.wire.prepare()
                    async with self._connect() as socket:
                        await self._opened(socket)
                        async for chunk in self._receive(socket):
                            yield chunk
                except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError, LinkLost) as error:
                    lost = self._lost(error)
                finally:
                    self._closed()
                await self._pause(lost)
        finally:
            if self._resyncer is not None:
                await self._resyncer.stop()

    def _connect(self) -> connect:
        return connect(
            self.wire.connect_url(),
            subprotocols=[Subprotocol(name) for name in self.wire.subprotocols] or None,
            max_size=HARD_LIMIT_BYTES,
            max_queue=WAITING_MESSAGES,
            compression=None,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            close_timeout=CLOSE_S,
            user_agent_header="skywarden",
        )

    async def _receive(self, socket: ClientConnection) -> AsyncIterator[SourceChunk]:
        while True:
            gathered = await self._gather(socket)
            if gathered.messages:
                chunk = await self._decode(gathered)
                yield chunk
                self.wire.check(chunk)
            mended = None if self._resyncer is None else await self._resyncer.mended(self._gate, self._decoder)
            if mended is not None:
                yield replace(mended, repo_states=self._gate.seal())
            self._look_at_rates()
            if gathered.end is not None:
                raise gathered.end

    async def _gather(self, socket: ClientConnection) -> Gathered:
        """Wait for a message, then take what comes within CHUNK_WAIT_S."""
        messages: list[Received] = []
        end: Exception | None = None
        size, received_s = 0, 0.0
        try:
            async with asyncio.timeout(TICK_S) as timeout:
                while len(messages) < MAX_CHUNK_MESSAGES and size < MAX_CHUNK_BYTES:
                    received = self.wire.read(await socket.recv())
                    if received is None:
                        continue
                    if not messages:
                        received_s = self._clock.monotonic_s()
                        timeout.reschedule(asyncio.get_running_loop().time() + CHUNK_WAIT_S)
                    messages.append(received)
                    size += len(received.data)
        except TimeoutError:
            pass
        except (LinkLost, ConnectionClosed, Rejected) as error:
            end = error
            if isinstance(error, LinkLost) and error.keep_before is not None:
                messages = [one for one in messages if one.order is None or one.order < error.keep_before]
        return Gathered(self.wire.keep(messages), end, received_s)

    async def _decode(self, gathered: Gathered) -> SourceChunk:
        """Decode in a worker thread: the event loop goes on reading pings."""
        self._backoff.progressed()
        cursor, after_gap = self.wire.cursor, self.wire.gaps.take()
        self.link.gaps = self.wire.gaps.count
        await asyncio.to_thread(self._add, gathered.messages)
        await self._decoder.settle()
        chunk = await asyncio.to_thread(self._decoder.take)
        self._watch.count(chunk.rows.column("collection"))
        states = self._gate.seal()
        return replace(chunk, cursor=cursor, repo_states=states, after_gap=after_gap, received_s=gathered.received_s)

    def _add(self, messages: list[Received]) -> None:
        for message in messages:
            self._decoder.add(message.data, message.position)

    def _look_at_rates(self) -> None:
        newly = self._watch.newly_stalled()
        self.link.stalled = self._watch.stalled
        self._metrics.set(catalog.INGEST_STALLED_COLLECTIONS, len(self._watch.stalled), source=self.name)
        if newly:
            self._logger.warning(catalog.COLLECTION_STALLED, source=self.name, collections=sorted(newly))
            raise LinkLost("stalled-collection", ", ".join(sorted(newly)), at_once=True)

    async def _opened(self, socket: ClientConnection) -> None:
        hello = self.wire.hello()
        if hello is not None:
            await socket.send(hello)
        self.link.connected = True
        self.link.last_error = ""
        self._metrics.set(catalog.INGEST_CONNECTED, 1, source=self.name)
        self._logger.info(catalog.SOURCE_CONNECTED, source=self.name, cursor=self.wire.cursor)

    def _closed(self) -> None:
        self.link.connected = False
        self._metrics.set(catalog.INGEST_CONNECTED, 0, source=self.name)

    def _lost(self, error: Exception) -> LinkLost:
        """Say why a connection ended, in one form. Raises: Rejected, when the server's answer is final."""
        if isinstance(error, LinkLost):
            lost = error
        elif isinstance(error, InvalidStatus):
            response = error.response
            self.wire.refused(response.status_code, (response.body or b"").decode("utf-8", "replace"))
            wait_s = _retry_after_s(response.headers.get("Retry-After"))
            lost = LinkLost("refused", f"HTTP {response.status_code}", wait_s=wait_s)
        elif isinstance(error, ConnectionClosed):
            lost = LinkLost("closed", str(error))
            if error.sent is not None and error.sent.code == _TOO_LARGE:
                lost = LinkLost("too-large", f"a message over {HARD_LIMIT_BYTES} bytes")
                self.wire.too_large()
        else:
            lost = LinkLost("unreachable", str(error) or type(error).__name__)
        self.link.reconnects += 1
        self.link.last_error = str(lost)
        self._metrics.add(catalog.INGEST_RECONNECTS, source=self.name, reason=lost.reason)
        return lost

    async def _pause(self, lost: LinkLost) -> None:
        wait_s = 0.0 if lost.at_once else max(self._backoff.next_s(), lost.wait_s)
        self._logger.warning(
            catalog.SOURCE_DISCONNECTED,
            source=self.name,
            reason=lost.reason,
            detail=str(lost),
            cursor=self.wire.cursor,
            wait_s=round(wait_s, 3),
        )
        await self._wait(wait_s)


def _retry_after_s(text: str | None) -> float:
    return min(float(text), _MAX_RETRY_AFTER_S) if text is not None and text.isdecimal() else 0.0
