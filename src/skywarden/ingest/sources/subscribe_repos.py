"""Speak com.atproto.sync.subscribeRepos: frames in, their order and the server's words judged (PROTOCOL.md 37-40).

Retry: replay after a reconnect is told from new frames by seq. Crash: the stored cursor is the last decoded seq; the
server repeats from there, and what is not newer is passed over.
"""

import hashlib
from collections import deque

from skywarden.atproto.frames import ErrorMessage, InfoMessage, Message, parse_frame, read_frame
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.usual_frame import read_usual
from skywarden.ingest.sources.gaps import Gaps
from skywarden.ingest.sources.seq_order import SeqOrder
from skywarden.ingest.sources.wire import LinkLost, Received, in_order, query_url
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.log.contract import QuarantineEntry
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

PATH = "/xrpc/com.atproto.sync.subscribeRepos"
EVENT_TYPES = ("#commit", "#identity", "#account", "#sync")
FRAMING_PAUSE_S = 10.0
"""A connection is given up for a broken frame at most this often; in between, the frame is quarantined only."""

_FUTURE_HINT = (
    "check that the source's URL still names the same relay; if the relay was reset on purpose, "
    "add #2 to the URL: it is then a new source without a cursor"
)


class SubscribeReposWire:
    """The wire of one relay or PDS. `start_at` is for the very first connection: "oldest" or "live"."""

    subprotocols: tuple[str, ...] = ()

    def __init__(self, name: str, url: str, *, clock: Clock, metrics: Metrics, start_at: str = "live") -> None:
        self.name = name
        self.gaps = Gaps(name, metrics)
        self._url = url
        self._clock = clock
        self._metrics = metrics
        self._seen = SeqOrder(0 if start_at == "oldest" else None, clock)
        self._outdated = False
        self._skipped = 0
        self._broken: deque[bytes] = deque(maxlen=256)
        self._may_leave_at_s = 0.0

    @property
    def cursor(self) -> str | None:
        return None if self._seen.cursor is None else str(self._seen.cursor)

    def start(self, cursor: str | None) -> None:
        if cursor is None:
            return
        if not cursor.isdecimal():
            raise Rejected("cursor-form", place=self.name, expected="a seq", found=cursor)
        self._seen.start(int(cursor))

    async def prepare(self) -> None:
        """Nothing is needed."""

    def connect_url(self) -> str:
        self._outdated = False
        cursor = self._seen.reconnect()
        return query_url(self._url + PATH, [] if cursor is None else [("cursor", str(cursor + self._skipped))])

    def hello(self) -> str | None:
        """Clients of this stream send nothing."""
        return None

    def read(self, message: str | bytes) -> Received | None:
        if isinstance(message, str):
            # Leaving for it would bring it again with the replay, for ever. No UTF-8 text is a frame.
            return self._keep_broken(message.encode())
        usual = read_usual(message)
        if usual is not None:
            return self._ordered(message, usual.seq)
        try:
            read = _read_wholly(message)
        except Rejected:
            return self._keep_broken(message)
        if isinstance(read, int):
            return self._ordered(message, read)
        self._told(read)
        return None

    def keep(self, messages: list[Received]) -> list[Received]:
        for message in messages:
            if message.order is None:
                self._broken.append(_digest(message.data))
            else:
                self._seen.keep(message.order)
        if messages:
            self._skipped = 0
        return in_order(messages)

    def check(self, chunk: SourceChunk) -> None:
        """Leave after a frame that could not be read (PROTOCOL.md 37), yet not for each of many."""
        broken = next((entry for entry in chunk.quarantine if _is_broken(entry)), None)
        now_s = self._clock.monotonic_s()
        if broken is not None and now_s >= self._may_leave_at_s:
            self._may_leave_at_s = now_s + FRAMING_PAUSE_S
            raise LinkLost("framing", broken.detail, at_once=True)

    def refused(self, status: int, body: str) -> None:
        """Every HTTP answer may be another one later."""

    def too_large(self) -> None:
        self._skipped += 1
        self.gaps.note("too-large", since=self.cursor, until=f"{self.cursor} + {self._skipped}")

    def _ordered(self, data: bytes, seq: int) -> Received | None:
        if not self._seen.accept(seq):
            self._metrics.add(catalog.INGEST_IGNORED, source=self.name, reason="replayed")
            return None
        if self._outdated:
            self._outdated = False
            self.gaps.note("outdated", since=self.cursor, until=str(seq))
        return Received(data, str(seq), seq)

    def _keep_broken(self, data: bytes) -> Received | None:
        """What is no frame goes to the quarantine, once."""
        return None if _digest(data) in self._broken else Received(data, f"after {self.cursor or 0}")

    def _told(self, message: Message) -> None:
        if isinstance(message, InfoMessage) and message.name == "OutdatedCursor":
            self._outdated = bool(self._seen.cursor)
        elif isinstance(message, ErrorMessage):
            if message.error == "FutureCursor":
                raise Rejected(
                    "future-cursor",
                    place=self.name,
                    expected="a cursor that the relay has reached",
                    found=f"{self.cursor}, refused with: {message.message or message.error}",
                    hint=_FUTURE_HINT,
                )
            reason = "consumer-too-slow" if message.error == "ConsumerTooSlow" else "server-error"
            raise LinkLost(reason, f"{message.error}: {message.message or ''}")


def _read_wholly(data: bytes) -> int | Message:
    """The seq of an event; any other message as it is. Raises: Rejected, for what cannot be read.

    A frame is read to its end before its seq counts: a broken one must not stand for the good one that follows.
    """
    frame = read_frame(data)
    if frame.op != 1 or frame.t not in EVENT_TYPES:
        return parse_frame(data)
    seq = frame.body.get("seq")
    if type(seq) is not int:
        raise Rejected("message-field", place=frame.t, expected="seq", found=repr(seq))
    return seq


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _is_broken(entry: QuarantineEntry) -> bool:
    """Is it the frame itself that cannot be read, not something inside it?"""
    if not entry.reason.startswith(("frame-", "cbor-")):
        return False
    try:
        read_frame(entry.data)
    except Rejected:
        return True
    return False
