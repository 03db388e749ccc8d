"""Turn frames of com.atproto.sync.subscribeRepos into rows."""

from dataclasses import dataclass

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


@dataclass(slots=True)
class _Pending:
    """One frame on its way: raw, then parsed, then verified where the mode asks for it."""

    data: bytes
    position: str
    message: Message | Rejected | None = None
    outcome: Outcome | None = None


class FirehoseDecoder:
    """Decodes frames in their order; record blocks are always compared with their CIDs.

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
        self._chunk = ChunkBuilder(source, gate=gate, clock=clock)
        self._pending: list[_Pending] = []

    @property
    def counts(self) -> DecodeCounts:
        """What became of the frames taken so far."""
        return self._chunk.counts

    def add(self, data: bytes, position: str) -> None:
        """Take one frame; it is decoded by `take`."""
        self._pending.append(_Pending(data, position))

    def pending(self) -> int:
        """Frames added since the last `take`."""
        return len(self._pending)

    async def settle(self) -> None:
        """Verify what the mode asks for; what fails is rejected by `take`."""
        if self._verifier.mode is VerifyMode.OFF:
            return
        wanted: list[tuple[_Pending, CommitMessage | SyncMessage]] = []
        for item in self._pending:
            if item.message is None:
                item.message = _parse(item.data)
            if isinstance(item.message, (CommitMessage, SyncMessage)) and self._verifier.wants(item.message):
                wanted.append((item, item.message))
        outcomes = await self._verifier.verify([message for _, message in wanted])
        for (item, _), outcome in zip(wanted, outcomes, strict=True):
            item.outcome = outcome

    def take(self) -> SourceChunk:
        """Decode all pending frames, in order."""
        pending, self._pending = self._pending, []
        for item in pending:
            self._work(item)
        return self._chunk.take(pending[-1].position if pending else None)

    def decode_now(self, data: bytes, position: str) -> int:
        """Decode one frame at once, without verification; how many rows it made. `take` gives them."""
        before = len(self._chunk.rows)
        self._work(_Pending(data, position))
        return len(self._chunk.rows) - before

    def _work(self, item: _Pending) -> None:
        self._chunk.counts.messages += 1
        try:
            self._decode(item)
        except Rejected as error:
            self._reject(item, error)

    def _decode(self, item: _Pending) -> None:
        message = item.message or read_usual(item.data) or parse_frame(item.data)
        item.message = message
        if isinstance(message, Rejected):
            raise message
        if isinstance(item.outcome, Rejected):
            raise item.outcome
        if not isinstance(message, (CommitMessage, SyncMessage, IdentityMessage, AccountMessage)):
            self._chunk.counts.ignored += 1
            return
        time_us = datetime_micros(message.time)
        if self._chunk.gated and not self._chunk.admits(_step(item, message, time_us)):
            return
        if isinstance(item.outcome, Verified):
            self._chunk.counts.verified += 1
        self._add(item, message, time_us)

    def _add(self, item: _Pending, message: RepoMessage, time_us: int) -> None:
        rows = self._chunk.rows
        if isinstance(message, CommitMessage):
            self._add_commit(item, message, time_us)
        elif isinstance(message, IdentityMessage):
            rows.add_identity(seq=message.seq, time_us=time_us, did=message.did, handle=message.handle)
        elif isinstance(message, AccountMessage):
            rows.add_account(
                seq=message.seq, time_us=time_us, did=message.did, active=message.active, status=message.status
            )
        else:
            rows.add_sync(seq=message.seq, time_us=time_us, did=message.did, rev=message.rev)

    def _add_commit(self, item: _Pending, message: CommitMessage, time_us: int) -> None:
        """Add a row an operation; a record that cannot be read is rejected alone (PROTOCOL.md 51)."""
        verified = item.outcome.records if isinstance(item.outcome, Verified) else None
        for op in message.ops:
            try:
                self._add_operation(message, op, time_us, verified)
            except Rejected as error:
                place = f"{op.path}, {error.place}" if error.place else op.path
                hint = error.hint
                self._reject(
                    item, Rejected(error.reason, place=place, expected=error.expected, found=error.found, hint=hint)
                )

    def _add_operation(
        self, message: CommitMessage, op: RepoOp, time_us: int, verified: dict[str, bytes] | None
    ) -> None:
        collection, _, rkey = op.path.partition("/")
        cid = record = columns = None
        if op.action != "delete":
            if op.cid is None:
                raise Rejected("operation-without-cid", expected=f"a CID with {op.action}")
            block = record_block(message, op.cid) if verified is None else verified[op.path]
            value = record_of_block(block)
            cid, record, columns = cid_text(op.cid), record_text(value), normalize(collection, value)
        self._chunk.rows.add_operation(
            seq=message.seq,
            time_us=time_us,
            did=message.repo,
            action=_ACTIONS[op.action],
            collection=collection,
            rkey=rkey,
            rev=message.rev,
            cid=cid,
            record=record,
            columns=columns,
        )

    def _reject(self, item: _Pending, error: Rejected) -> None:
        """Name the quarantined frame by its seq if that could be read, else by its place in the source."""
        seq = getattr(item.message, "seq", None)
        self._chunk.reject(item.data, item.position if seq is None else str(seq), error)


def _parse(data: bytes) -> Message | Rejected:
    try:
        return read_usual(data) or parse_frame(data)
    except Rejected as error:
        return error


def _step(item: _Pending, message: RepoMessage, time_us: int) -> RepoStep:
    """Tell the gate what the message says about its repository."""
    commit = message if isinstance(message, CommitMessage) else None
    account = message if isinstance(message, AccountMessage) else None
    return RepoStep(
        kind=_KINDS[type(message)],
        did=Did(message.repo if isinstance(message, CommitMessage) else message.did),
        time_us=UtcMicros(time_us),
        position=str(message.seq),
        raw=item.data,
        rev=message.rev if isinstance(message, (CommitMessage, SyncMessage)) else None,
        since=commit.since if commit is not None else None,
        prev_data=commit.prev_data if commit is not None else None,
        data=item.outcome.commit.data if isinstance(item.outcome, Verified) else None,
        active=account.active if account is not None else None,
        status=account.status if account is not None else None,
    )
