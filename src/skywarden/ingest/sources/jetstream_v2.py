"""Speak Jetstream version 2 (network.bsky.jetstream.subscribeEvents): JSON in, cursor by seq.

Retry: the server repeats from the cursor on, inclusive; repeats are told by seq. Crash: the stored cursor is the last
decoded seq. A cursor that is too old goes on at the oldest event that the server has, and the gap is recorded.
"""

import msgspec

from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.sources.gaps import Gaps
from skywarden.ingest.sources.seq_order import SeqOrder
from skywarden.ingest.sources.wire import LinkLost, Received, StreamFilter, in_order, query_url
from skywarden.ingest.sources.zstd import MAX_TEXT_BYTES, Inflater, fetch_dictionary
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
OLDEST = 10**15
"""Taken for a time in 2001: the server clamps it to the oldest event that it has and says so."""


class _Payload(msgspec.Struct, frozen=True, gc=False):
    type: str = msgspec.field(name="$type", default="")
    seq: int | None = None
    name: str = ""
    error: str = ""
    message: str = ""


class _Message(msgspec.Struct, frozen=True, gc=False):
    type: str = msgspec.field(name="$type")
    payload: _Payload = _Payload()
    error: str = ""
    message: str = ""


_read_message = msgspec.json.Decoder(_Message).decode


class JetstreamV2Wire:
    """The wire of one version 2 server."""

    subprotocols: tuple[str, ...] = ("xrpc.v1.json",)

    def __init__(
        self,
        name: str,
        url: str,
        *,
        clock: Clock,
        metrics: Metrics,
        wanted: StreamFilter,
        dictionary: bytes | None = None,
        compress: bool = False,
        start_at: str = "live",
    ) -> None:
        self.name = name
        self.gaps = Gaps(name, metrics)
        self._url = url
        self._metrics = metrics
        self._wanted = wanted
        self._inflater = None if dictionary is None else Inflater(dictionary)
        self._compress = compress
        self._seen = SeqOrder(None, clock)
        self._from_oldest = start_at == "oldest"
        self._outdated = False

    @property
    def cursor(self) -> str | None:
        return None if self._seen.cursor is None else str(self._seen.cursor)

    def start(self, cursor: str | None) -> None:
        if cursor is None:
            return
        if not cursor.isdecimal():
            raise Rejected("cursor-form", place=self.name, expected="a seq", found=cursor)
        self._from_oldest = False
        self._seen.start(int(cursor))

    async def prepare(self) -> None:
        """Fetch the server's current dictionary; without one go on uncompressed."""
        if self._compress and self._inflater is None:
            found = await fetch_dictionary(self._url.replace("ws", "http", 1))
            self._inflater = None if found is None else Inflater(found)
            self._compress = found is not None

    def connect_url(self) -> str:
        cursor = self._seen.reconnect()
        if self._outdated or (cursor is None and self._from_oldest):
            cursor = OLDEST
        params = [("collections", name) for name in self._wanted.collections]
        params += [("dids", did) for did in self._wanted.dids]
        params.append(("maxMessageSizeBytes", str(MAX_TEXT_BYTES)))
        if self._inflater is not None:
            params.append(("zstdDictionary", str(self._inflater.dictionary_id)))
        if cursor is not None:
            params.append(("cursor", str(cursor)))
        return query_url(self._url + PATH, params)

    def hello(self) -> str | None:
        """Nothing is sent: the URL says it all."""
        return None

    def read(self, message: str | bytes) -> Received | None:
        data = message.encode() if isinstance(message, str) else message
        try:
            if isinstance(message, bytes) and self._inflater is not None:
                data = self._inflater.text(message)
            read = _read_message(data)
        except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Received(data, f"after {self.cursor or 0}")
        if read.type == "error":
            raise LinkLost(
                "server-error", f"{read.error or read.payload.error}: {read.message or read.payload.message}"
            )
        if read.payload.seq is None:
            self._outdated = self._outdated or (read.payload.name == "OutdatedCursor" and self._seen.cursor is not None)
            return None
        return self._ordered(data, read.payload.seq)

    def keep(self, messages: list[Received]) -> list[Received]:
        for message in messages:
            if message.order is not None:
                self._seen.keep(message.order)
        return in_order(messages)

    def check(self, chunk: SourceChunk) -> None:
        """A message that cannot be read says nothing against the connection: each stands for itself."""

    def refused(self, status: int, body: str) -> None:
        if status != 400:
            return
        if "CursorTooOld" in body:
            self._outdated = True
        elif "UnknownZstdDictionary" in body:
            self._inflater, self._compress = None, True
        else:
            raise Rejected(
                "source-refused", place=self.name, found=f"HTTP 400: {body[:300]}", hint="check the source's options"
            )

    def too_large(self) -> None:
        """The server was asked to leave such messages out; nothing more can be done."""
        self.gaps.note("too-large", since=self.cursor, until="unknown")

    def _ordered(self, data: bytes, seq: int) -> Received | None:
        if not self._seen.accept(seq):
            self._metrics.add(catalog.INGEST_IGNORED, source=self.name, reason="replayed")
            return None
        if self._outdated:
            self._outdated = False
            self.gaps.note("outdated", since=self.cursor, until=str(seq))
        return Received(data, str(seq), seq)
