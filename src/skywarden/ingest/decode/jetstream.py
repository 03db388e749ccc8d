"""Turn Jetstream messages, version 1 or 2, into rows."""

from skywarden.ingest.contract import CommitGate, RepoStep, SourceChunk
from skywarden.ingest.decode.chunk import ChunkBuilder, DecodeCounts
from skywarden.ingest.decode.jetstream_events import (
    AccountChange,
    Detail,
    IdentityChange,
    JetstreamEvent,
    RepoOperation,
    SyncState,
    read_event,
)
from skywarden.ingest.decode.record_json import record_text
from skywarden.ingest.normalize import normalize
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.event import Action, Kind

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""A record of 1 MB grows in JSON; anything longer than this is no event."""

_ACTIONS = {"create": Action.CREATE, "update": Action.UPDATE, "delete": Action.DELETE}
_KINDS: dict[type[Detail], Kind] = {
    RepoOperation: Kind.COMMIT,
    IdentityChange: Kind.IDENTITY,
    AccountChange: Kind.ACCOUNT,
    SyncState: Kind.SYNC,
}


class JetstreamDecoder:
    """Decodes one message at a time; Jetstream carries no signatures, so there is nothing to verify.

    Retry: a message added twice gives its rows twice; the source does not repeat. Not for two threads.
    """

    def __init__(self, source: str, *, gate: CommitGate | None = None, clock: Clock | None = None) -> None:
        self._chunk = ChunkBuilder(source, gate=gate, clock=clock or SystemClock())
        self._pending: list[tuple[bytes, str]] = []

    @property
    def counts(self) -> DecodeCounts:
        """What became of the messages taken so far."""
        return self._chunk.counts

    def add(self, data: bytes, position: str) -> None:
        """Take one message; it is decoded by `take`."""
        self._pending.append((data, position))

    def pending(self) -> int:
        """Messages added since the last `take`."""
        return len(self._pending)

    async def settle(self) -> None:
        """Do nothing: no message needs anything from elsewhere."""

    def take(self) -> SourceChunk:
        """Decode all pending messages, in order."""
        pending, self._pending = self._pending, []
        for data, position in pending:
            self._chunk.counts.messages += 1
            try:
                self._decode(data, position)
            except Rejected as error:
                self._chunk.reject(data, position, error)
        return self._chunk.take(pending[-1][1] if pending else None)

    def _decode(self, data: bytes, position: str) -> None:
        if len(data) > MAX_MESSAGE_BYTES:
            raise Rejected("message-too-large", expected=f"at most {MAX_MESSAGE_BYTES} bytes", found=str(len(data)))
        event = read_event(data)
        if event is None:
            self._chunk.counts.ignored += 1
        elif not self._chunk.gated or self._chunk.admits(_step(event, data, position)):
            self._add(event)

    def _add(self, event: JetstreamEvent) -> None:
        rows, detail = self._chunk.rows, event.detail
        if isinstance(detail, RepoOperation):
            self._add_operation(event, detail)
        elif isinstance(detail, IdentityChange):
            seq = detail.seq if event.seq is None else event.seq
            rows.add_identity(seq=seq, time_us=event.time_us, did=event.did, handle=detail.handle)
        elif isinstance(detail, AccountChange):
            seq = detail.seq if event.seq is None else event.seq
            rows.add_account(seq=seq, time_us=event.time_us, did=event.did, active=detail.active, status=detail.status)
        else:
            rows.add_sync(seq=event.seq, time_us=event.time_us, did=event.did, rev=detail.rev)

    def _add_operation(self, event: JetstreamEvent, change: RepoOperation) -> None:
        record = None if change.operation == "delete" else change.record
        if record is None and change.operation != "delete":
            raise Rejected("record-missing", place=f"{change.collection}/{change.rkey}", expected="a record")
        self._chunk.rows.add_operation(
            seq=event.seq,
            time_us=event.time_us,
            did=event.did,
            action=_ACTIONS[change.operation],
            collection=change.collection,
            rkey=change.rkey,
            rev=change.rev,
            cid=change.cid,
            record=None if record is None else record_text(record),
            columns=None if record is None else normalize(change.collection, record),
        )


def _step(event: JetstreamEvent, data: bytes, position: str) -> RepoStep:
    """Tell the gate what the event says about its repository."""
    detail = event.detail
    account = detail if isinstance(detail, AccountChange) else None
    return RepoStep(
        kind=_KINDS[type(detail)],
        did=Did(event.did),
        time_us=UtcMicros(event.time_us),
        position=position,
        raw=data,
        rev=detail.rev if isinstance(detail, (RepoOperation, SyncState)) else None,
        active=account.active if account is not None else None,
        status=account.status if account is not None else None,
    )
