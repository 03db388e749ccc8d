"""What sources, decoders and gates promise each other on the way from raw messages to rows.

A source receives raw messages and feeds its decoder; the decoder parses, verifies and asks the gate, then gives rows;
the pipeline stamps the rows and appends them with the source's cursor in one durable step (INV-2).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec
import pyarrow as pa

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.log.contract import QuarantineEntry
from skywarden.model.event import EVENT_FIELDS, Kind

ROW_SCHEMA: pa.Schema = pa.schema(EVENT_FIELDS)
"""Schema of `SourceChunk.rows`: what decoding fills, before the stamp."""

MAX_CHUNK_MESSAGES = 8_192
"""A source takes a chunk from its decoder at the latest after so many messages."""

CHUNK_WAIT_S = 0.05
"""... or so long after the first of them arrived."""


class RepoState(msgspec.Struct, frozen=True):
    """What is known of one account's repository; None: not known.

    `rev` and `data` (MST root, 36 raw bytes) are those of the last commit that passed. `active` and `status` are the
    last that an account event said.
    """

    did: Did
    rev: str | None = None
    data: bytes | None = None
    active: bool = True
    status: str | None = None


@dataclass(frozen=True, slots=True)
class SourceChunk:
    """Consecutive messages of one source, decoded.

    `cursor` is where the source goes on after all of them (None: unchanged). `repo_states` is what the gate learnt
    from exactly these messages; it may be stored only after the rows are durable, else a crash would lose rows.
    `after_gap` says that events between the chunk before and this one were not received. `received_s` is the monotonic
    time at which the first of the messages arrived (None: they were not waited for).
    """

    rows: pa.RecordBatch
    cursor: str | None
    quarantine: tuple[QuarantineEntry, ...] = ()
    repo_states: tuple[RepoState, ...] = ()
    after_gap: bool = False
    received_s: float | None = None


class Source(Protocol):
    """Something that yields events in its own order; file sources end, network sources do not.

    Retry: a network source reconnects by itself and never repeats a row that it has yielded in this process.
    Crash: started again with a stored cursor, it yields every row after it; none is lost, none repeated.
    Raises `Broken` or `Rejected` where going on needs a person (a cursor in the future, an unknown file).
    """

    @property
    def name(self) -> str:
        """Name in the `source` column, under which the cursor is stored."""
        ...

    def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        """Yield chunks after `cursor` (None: the source's own default start)."""
        ...


@dataclass(frozen=True, slots=True)
class FeedChunk:
    """Rows of our own making, with the cursor after them; their times are set when they are appended."""

    rows: pa.RecordBatch
    cursor: str


class Feed(Protocol):
    """Rows of our own making that enter the log beside the source's, each once.

    Crash: asked again with a cursor that is in the log, it gives the rows after it and only those.
    """

    @property
    def name(self) -> str:
        """Name in the `source` column, under which the cursor is stored."""
        ...

    def after(self, cursor: str | None) -> FeedChunk | None:
        """The next rows of `ROW_SCHEMA`, perhaps none, with a new cursor; None when there is nothing new. May block."""
        ...


class Decoder(Protocol):
    """Raw messages in, chunks out; keeps no message longer than until `take`."""

    def add(self, data: bytes, position: str) -> None:
        """Take one raw message at `position` of the source. Never raises for bad input: it is quarantined (INV-5)."""
        ...

    def pending(self) -> int:
        """Messages added since the last `take`."""
        ...

    async def settle(self) -> None:
        """Look up what the pending messages need from elsewhere (signing keys); call it before `take`.

        Does nothing where nothing is needed. A failed look-up is a reason to quarantine, never an exception here.
        """
        ...

    def take(self) -> SourceChunk:
        """Rows and quarantine of all pending messages, in order; `cursor` is the last message's position.

        Does not block. `repo_states` is left empty: the source fills it from its gate.
        """
        ...


class Verdict(StrEnum):
    """What becomes of one message of an account."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    IGNORE = "ignore"
    """Drop it and count the reason: a duplicate, an inactive account, an account that waits for its resync."""
    REJECT = "reject"
    """Quarantine it under the reason."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The gate's answer; `reason` is a short stable code, empty on a pass."""

    verdict: Verdict
    reason: str = ""
    detail: str = ""


ADMITTED = Admission(Verdict.PASS)


class RepoStep(msgspec.Struct, frozen=True):
    """What one message says about its account, as the gate needs it; None: not said or not known.

    `rev`, `since`, `prev_data` and `data` belong to commits (`data` also to sync messages; it comes from the signed
    commit block and stays None where nobody read that).
    `raw` is the whole message, so that it can be decoded again after a resync.
    """

    kind: Kind
    did: Did
    time_us: UtcMicros
    position: str
    raw: bytes
    rev: str | None = None
    since: str | None = None
    prev_data: bytes | None = None
    data: bytes | None = None
    active: bool | None = None
    status: str | None = None


class CommitGate(Protocol):
    """Decides in stream order, per account, whether a message becomes rows."""

    def admit(self, step: RepoStep) -> Admission:
        """Judge a message that is already verified as far as this source verifies, just before its rows are made.

        A pass moves the account's state in memory; a message must therefore be asked about once, in order.
        """
        ...


class OpenGate:
    """Lets everything pass: for files that are trusted as they are."""

    def admit(self, step: RepoStep) -> Admission:
        return ADMITTED
