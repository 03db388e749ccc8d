"""Speak Jetstream version 1 (`/subscribe`): JSON in, cursor in microseconds, repeated events told by their content.

Retry: each connection goes back REWIND_US, because the server drops and reorders where its replay meets the live
stream; what was read before is passed over by (did, rev, path). Crash: the same, with the keys of the log's last rows.
"""

import json
from typing import Any

import msgspec
import pyarrow as pa

from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.sources.gaps import Gaps
from skywarden.ingest.sources.live import LiveSource
from skywarden.ingest.sources.wire import Received, StreamFilter, query_url
from skywarden.ingest.sources.zstd import MAX_TEXT_BYTES, Inflater, fetch_dictionary
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Rejected
from skywarden.model.event import Action, Kind
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

PATH = "/subscribe"
DICTIONARY_ID = 1_612_007_021
REWIND_US = 5 * SECOND_US
REMEMBERED = 65_536
CLAMPED_US = 120 * SECOND_US
CLAMPED_FILTERED_US = 3_600 * SECOND_US
"""A first event so long after the cursor means that the server no longer keeps what was asked for."""

OLDEST = 10**15
"""A cursor that is surely too old; anything smaller would be taken for a seq by a version 2 server."""

MAX_AHEAD_US = 3_600 * SECOND_US
_MANY_DIDS = 50

_Key = tuple[object, ...]


class _Commit(msgspec.Struct, frozen=True, gc=False):
    rev: str
    operation: str
    collection: str
    rkey: str


class _Numbered(msgspec.Struct, frozen=True, gc=False):
    seq: int | None = None


class _Event(msgspec.Struct, frozen=True, gc=False):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None
    identity: _Numbered | None = None
    account: _Numbered | None = None


_read_event = msgspec.json.Decoder(_Event).decode


class JetstreamV1Wire:
    """The wire of one version 1 server."""

    subprotocols: tuple[str, ...] = ()

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
        self._clock = clock
        self._metrics = metrics
        self._wanted = wanted
        self._inflater = None if dictionary is None else Inflater(dictionary)
        self._fetch = compress and dictionary is None
        self._cursor = OLDEST if start_at == "oldest" else None
        self._asked: int | None = None
        self._recent: dict[int, None] = {}

    @property
    def cursor(self) -> str | None:
        return None if self._cursor in (None, OLDEST) else str(self._cursor)

    def start(self, cursor: str | None) -> None:
        if cursor is not None and not cursor.isdecimal():
            raise Rejected("cursor-form", place=self.name, expected="microseconds since 1970", found=cursor)
        self._cursor = self._cursor if cursor is None else int(cursor)

    async def prepare(self) -> None:
        """Fetch the dictionary if the server offers it; without it go on uncompressed."""
        if self._fetch:
            found = await fetch_dictionary(self._url.replace("ws", "http", 1), DICTIONARY_ID)
            self._inflater = None if found is None else Inflater(found)
            self._fetch = False

    def connect_url(self) -> str:
        asked = self._cursor if self._cursor in (None, OLDEST) else max(self._cursor - REWIND_US, OLDEST)
        self._asked = None if asked == OLDEST else asked
        params: list[tuple[str, str]] = [("maxMessageSizeBytes", str(MAX_TEXT_BYTES))]
        if self.hello() is None:
            params += [("wantedCollections", name) for name in self._wanted.collections]
            params += [("wantedDids", did) for did in self._wanted.dids]
        else:
            params.append(("requireHello", "true"))
        if self._inflater is not None:
            params.append(("compress", "true"))
        if asked is not None:
            params.append(("cursor", str(asked)))
        return query_url(self._url + PATH, params)

    def hello(self) -> str | None:
        """The filter as a first message, where it is too long for a URL."""
        if len(self._wanted.dids) <= _MANY_DIDS:
            return None
        payload = {
            "wantedCollections": list(self._wanted.collections),
            "wantedDids": list(self._wanted.dids),
            "maxMessageSizeBytes": MAX_TEXT_BYTES,
        }
        return json.dumps({"type": "options_update", "payload": payload})

    def read(self, message: str | bytes) -> Received | None:
        data = message.encode() if isinstance(message, str) else message
        try:
            if isinstance(message, bytes) and self._inflater is not None:
                data = self._inflater.text(message)
            event = _read_event(data)
        except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # The decoder finds the same and quarantines it.
            return Received(data, f"after {self.cursor or 0}")
        if not self._is_new(_key(event)):
            self._metrics.add(catalog.INGEST_IGNORED, source=self.name, reason="replayed")
            return None
        self._look_for_clamp(event.time_us)
        return Received(data, str(event.time_us), event.time_us)

    def keep(self, messages: list[Received]) -> list[Received]:
        # A cursor of the far future would skip all that comes; the highest believable time counts.
        latest_us = self._clock.now_us() + MAX_AHEAD_US
        times = [one.order for one in messages if one.order is not None and one.order <= latest_us]
        if times:
            self._cursor = max(max(times), 0 if self._cursor is None else self._cursor)
        return messages

    def check(self, chunk: SourceChunk) -> None:
        """A message that cannot be read says nothing against the connection: each stands for itself."""

    def refused(self, status: int, body: str) -> None:
        """Every HTTP answer may be another one later."""

    def too_large(self) -> None:
        """The server was asked to leave such messages out; it starts again REWIND_US back."""
        self.gaps.note("too-large", since=self.cursor, until="unknown")
        self._cursor = None if self._cursor is None else self._cursor + REWIND_US + SECOND_US

    def remember(self, rows: pa.RecordBatch) -> None:
        """Note the keys of rows that the log has already."""
        names = ("source", "did", "kind", "seq", "rev", "collection", "rkey", "action")
        for source, *key in zip(*(rows.column(name).to_pylist() for name in names), strict=True):
            if source == self.name:
                self._is_new(_row_key(*key))

    def _is_new(self, key: _Key) -> bool:
        hashed = hash(key)
        if hashed in self._recent:
            return False
        self._recent[hashed] = None
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]
        return True

    def _look_for_clamp(self, time_us: int) -> None:
        """The first event of a connection tells whether the server went back as far as it was asked to."""
        asked, self._asked = self._asked, None
        limit_us = CLAMPED_FILTERED_US if self._wanted else CLAMPED_US
        if asked is not None and time_us > asked + REWIND_US + limit_us:
            self.gaps.note("clamped", since=str(asked), until=str(time_us))


class JetstreamV1Source(LiveSource):
    """A live source that must know the log's last rows, because it starts a little before them."""

    wire: JetstreamV1Wire

    def remember(self, rows: pa.RecordBatch) -> None:
        self.wire.remember(rows)


def _key(event: _Event) -> _Key:
    if event.commit is not None:
        commit = event.commit
        return (event.did, commit.rev, commit.collection, commit.rkey, commit.operation)
    numbered = event.identity or event.account
    seq = None if numbered is None else numbered.seq
    return (event.did, event.kind, event.time_us if seq is None else seq)


def _row_key(did: Any, kind: Any, seq: Any, rev: Any, collection: Any, rkey: Any, action: Any) -> _Key:
    """The same key from the columns of a row. The columns come untyped from Arrow."""
    if kind == Kind.COMMIT:
        return (did, rev, collection, rkey, Action(action).name.lower())
    return (did, Kind(kind).name.lower(), seq)
