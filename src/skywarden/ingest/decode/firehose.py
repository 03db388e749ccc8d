"""Turn frames of com.atproto.sync.subscribeRepos into rows."""

from itertools import zip_longest
from typing import NamedTuple, TypeGuard

from skywarden.atproto.cid import cid_text
from skywarden.atproto.commit import record_block
from skywarden.atproto.frames import (
    AccountMessage,
    CommitMessage,
    IdentityMessage,
    Message,
    SyncMessage,
    parse_frame,
)
from skywarden.atproto.operation import RepoOp
from skywarden.ingest.contract import CommitGate, RepoStep, SourceChunk
from skywarden.ingest.decode.chunk import ChunkBuilder, DecodeCounts
from skywarden.ingest.decode.record_json import record_of_block, record_text
from skywarden.ingest.decode.usual_frame import read_usual
from skywarden.ingest.normalize import normalize
from skywarden.ingest.normalize.times import datetime_micros
from skywarden.ingest.verify import CommitVerifier, Outcome, Verified, VerifyMode
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.event import Action, Kind

RepoMessage = CommitMessage | SyncMessage | IdentityMessage | AccountMessage

_KINDS: dict[type[RepoMessage], Kind] = {
    CommitMessage: Kind.COMMIT,
    SyncMessage: Kind.SYNC,
    IdentityMessage: Kind.IDENTITY,
    AccountMessage: Kind.ACCOUNT,
}
_ACTIONS = {"create": Action.CREATE, "update": Action.UPDATE, "delete": Action.DELETE}


class _Settled(NamedTuple):
    """What `settle` found out about one frame; `outcome` None: not to be verified."""

    message: Message | Rejected
    outcome: Outcome | None


class FirehoseDecoder:
    """Decodes frames in their order; record blocks are always compared with their CIDs.

    `chunk` is under construction; who decodes in this decoder's stead adds to it.
    Retry: a frame added twice gives its rows twice, unless the gate knows it. Not for two threads.
    """

    def __init__(
        self,
        source: str,
        *,
        verifier: CommitVerifier | None = None,
        gate: CommitGate | None = None,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self._verifier = verifier or CommitVerifier(VerifyMode.OFF)
        self.chunk = ChunkBuilder(source, gate=gate, clock=clock)
        self._pending: list[tuple[bytes, str]] = []
        self._settled: list[_Settled] = []

    @property
    def counts(self) -> DecodeCounts:
        """What became of the frames taken so far."""
        return self.chunk.counts

    def add(self, data: bytes, position: str) -> None:
        """Take one frame; it is decoded by `take`."""
        self._pending.append((data, position))

    def pending(self) -> int:
        """Frames added since the last `take`."""
        return len(self._pending)

    async def settle(self) -> None:
        """Verify what the mode asks for; what fails is rejected by `take`."""
        if self._verifier.mode is VerifyMode.OFF:
            return
        messages = [_parse(data) for data, _ in self._pending[len(self._settled) :]]
        wanted = [message for message in messages if self._is_wanted(message)]
        outcomes = iter(await self._verifier.verify(wanted))
        self._settled += [
            _Settled(message, next(outcomes) if self._is_wanted(message) else None) for message in messages
        ]

    def take(self) -> SourceChunk:
        """Decode all pending frames, in order."""
        pending, self._pending = self._pending, []
        settled, self._settled = self._settled, []
        self.chunk.counts.messages += len(pending)
        for (data, position), known in zip_longest(pending, settled):
            self._decode(data, position, known)
        return self.chunk.take(pending[-1][1] if pending else None)

    def decode_now(self, data: bytes, position: str) -> int:
        """Decode one frame at once, without verification; how many rows it made. `take` gives them."""
        before = len(self.chunk.rows)
        self.chunk.counts.messages += 1
        self._decode(data, position, None)
        return len(self.chunk.rows) - before

    def _is_wanted(self, message: Message | Rejected) -> TypeGuard[CommitMessage | SyncMessage]:
        return isinstance(message, (CommitMessage, SyncMessage)) and self._verifier.wants(message)

    def _decode(self, data: bytes, position: str, known: _Settled | None) -> None:
        message: Message | Rejected | None = None
        try:
            message = known.message if known is not None else read_usual(data) or parse_frame(data)
            if isinstance(message, Rejected):
                raise message
            self._admit(data, message, known.outcome if known is not None else None)
        except Rejected as error:
            # Named by its seq if that could be read, else by its place in the source.
            seq = getattr(message, "seq", None)
            self.chunk.reject(data, position if seq is None else str(seq), error)

    def _admit(self, data: bytes, message: Message, outcome: Outcome | None) -> None:
        """Add the message's rows, if nothing speaks against them. Raises: Rejected, for the message as a whole."""
        if not isinstance(message, RepoMessage):
            self.chunk.counts.ignored += 1
            return
        time_us = datetime_micros(message.time)
        verified = outcome if outcome is None else _sound(outcome)
        if self.chunk.gated and not self.chunk.admits(_step(data, message, time_us, verified)):
            return
        if verified is not None:
            self.chunk.counts.verified += 1
        if type(message) is CommitMessage:
            self._add_commit(data, message, time_us, verified)
        else:
            self._add_other(message, time_us)

    def _add_other(self, message: RepoMessage, time_us: int) -> None:
        rows = self.chunk.rows
        if isinstance(message, IdentityMessage):
            rows.add_identity(seq=message.seq, time_us=time_us, did=message.did, handle=message.handle)
        elif isinstance(message, AccountMessage):
            rows.add_account(
                seq=message.seq, time_us=time_us, did=message.did, active=message.active, status=message.status
            )
        elif isinstance(message, SyncMessage):
            rows.add_sync(seq=message.seq, time_us=time_us, did=message.did, rev=message.rev)

    def _add_commit(self, data: bytes, message: CommitMessage, time_us: int, verified: Verified | None) -> None:
        """Add a row an operation; a record that cannot be read is rejected alone (PROTOCOL.md 51)."""
        for op in message.ops:
            try:
                self._add_operation(message, op, time_us, verified)
            except Rejected as error:
                place = f"{op.path}, {error.place}" if error.place else op.path
                placed = Rejected(
                    error.reason, place=place, expected=error.expected, found=error.found, hint=error.hint
                )
                self.chunk.reject(data, str(message.seq), placed)

    def _add_operation(self, message: CommitMessage, op: RepoOp, time_us: int, verified: Verified | None) -> None:
        collection, _, rkey = op.path.partition("/")
        add = self.chunk.rows.add_operation
        if op.action == "delete":
            add(message.seq, time_us, message.repo, message.rev, Action.DELETE, collection, rkey)
            return
        cid = op.cid
        if cid is None:
            raise Rejected("operation-without-cid", expected=f"a CID with {op.action}")
        record = record_of_block(record_block(message, cid) if verified is None else verified.records[op.path])
        add(
            message.seq,
            time_us,
            message.repo,
            message.rev,
            _ACTIONS[op.action],
            collection,
            rkey,
            cid_text(cid),
            record_text(record),
            normalize(collection, record),
        )


def _parse(data: bytes) -> Message | Rejected:
    try:
        return read_usual(data) or parse_frame(data)
    except Rejected as error:
        return error


def _sound(outcome: Outcome) -> Verified:
    if isinstance(outcome, Rejected):
        raise outcome
    return outcome


def _step(data: bytes, message: RepoMessage, time_us: int, verified: Verified | None) -> RepoStep:
    """Tell the gate what the message says about its repository."""
    commit = message if isinstance(message, CommitMessage) else None
    account = message if isinstance(message, AccountMessage) else None
    return RepoStep(
        kind=_KINDS[type(message)],
        did=Did(message.repo if isinstance(message, CommitMessage) else message.did),
        time_us=UtcMicros(time_us),
        position=str(message.seq),
        raw=data,
        rev=message.rev if isinstance(message, (CommitMessage, SyncMessage)) else None,
        since=commit.since if commit is not None else None,
        prev_data=commit.prev_data if commit is not None else None,
        data=verified.commit.data if verified is not None else None,
        active=account.active if account is not None else None,
        status=account.status if account is not None else None,
    )
