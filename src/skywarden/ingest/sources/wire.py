"""What a stream's own protocol tells the connection loop: where to connect, what a message is, why to leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.sources.gaps import Gaps
from skywarden.kernel.errors import Retryable

_NO_ORDER = 2**63


@dataclass(frozen=True, slots=True)
class Received:
    """One raw message that is to be decoded; `order` is its number in the stream where it has one."""

    data: bytes
    position: str
    order: int | None = None


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """What a Jetstream server is asked for; nothing means everything."""

    collections: tuple[str, ...] = ()
    dids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.collections or self.dids)


def in_order(messages: list[Received]) -> list[Received]:
    """By their numbers: what came late stands in its place; what has no number makes no rows and goes last."""
    return sorted(messages, key=lambda one: _NO_ORDER if one.order is None else one.order)


def query_url(url: str, params: Sequence[tuple[str, str]]) -> str:
    """Put parameters behind a URL."""
    return f"{url}?{urlencode(params)}" if params else url


class LinkLost(Retryable):
    """This connection is of no more use; another one may be.

    `wait_s` is what the other side asked for. `at_once` is for leaving on our own account: no need to wait.
    `keep_before` drops what was received and not yet decoded from that number on: it came in the wrong order.
    """

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        wait_s: float = 0.0,
        at_once: bool = False,
        keep_before: int | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.wait_s = wait_s
        self.at_once = at_once
        self.keep_before = keep_before


class Wire(Protocol):
    """One kind of stream. It keeps the cursor; all calls come from one task."""

    gaps: Gaps
    subprotocols: tuple[str, ...]

    @property
    def name(self) -> str: ...

    @property
    def cursor(self) -> str | None:
        """Where the stream goes on after all that was kept."""
        ...

    def start(self, cursor: str | None) -> None:
        """Begin at a stored cursor."""
        ...

    async def prepare(self) -> None:
        """Fetch what a connection needs first. Raises `LinkLost`."""
        ...

    def connect_url(self) -> str:
        """Begin a connection: where to connect, to go on at the cursor."""
        ...

    def hello(self) -> str | None:
        """A first message to the server, where the protocol wants one."""
        ...

    def read(self, message: str | bytes) -> Received | None:
        """Judge one message; None: nothing to decode.

        Raises: `LinkLost`, to go on with a new connection; `Rejected`, when going on needs a person.
        """
        ...

    def keep(self, messages: list[Received]) -> list[Received]:
        """These messages are being decoded: the cursor moves behind them. Gives them in the order to decode."""
        ...

    def check(self, chunk: SourceChunk) -> None:
        """Look at what was decoded. Raises `LinkLost` when the connection is not to be trusted any more."""
        ...

    def refused(self, status: int, body: str) -> None:
        """The server answered the request to connect with an HTTP status. Raises `Rejected` where that is final."""
        ...

    def too_large(self) -> None:
        """A message over the hard limit ended the connection: go on behind it."""
        ...
