"""Turn quarantined bytes into rows again, where what refused them has been mended.

Retry: rows that the log has already are not appended again, so repeating a retry changes nothing. Crash: rows and the
mark that their entries are resolved are one append. Two writers: the log refuses this beside a running platform.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from msgspec.structs import replace

from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import CommitGate, Decoder, RepoState, SourceChunk
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.ingest.event_time import EventClock
from skywarden.ingest.sync_state import RepoGate
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset
from skywarden.log.contract import Log, LogReader, QuarantineEntry, StoredQuarantine
from skywarden.observe.metrics import Metrics

_AT_ONCE = 50
_KEY = ("did", "kind", "rev", "collection", "rkey", "action", "seq")
_UNVERIFIED = ("commit-", "identity-", "did-", "mst-", "plc-")
"""Reasons that say that a commit could not be verified."""

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one entry: `rows` were appended; `reason` is why it stays, empty when it is resolved."""

    number: int
    rows: int
    reason: str = ""


def find_entries(log: LogReader, numbers: Sequence[int] = ()) -> Iterator[StoredQuarantine]:
    """Entries by number, or all that are not resolved; a few are in memory at a time.

    Raises: Rejected, at the end, for numbers that are not there.
    """
    missing = set(numbers)
    after = 0
    while page := log.quarantined(limit=_AT_ONCE, after=after, unresolved_only=not numbers):
        for stored in page:
            if not numbers or stored.number in missing:
                missing.discard(stored.number)
                yield stored
        after = page[-1].number
    if missing:
        listed = ", ".join(map(str, sorted(missing)))
        raise Rejected("quarantine-number", expected="numbers of `skywarden quarantine list --all`", found=listed)


class QuarantineRetry:
    """Decodes entries anew, at least as strictly as the stream does: what could not be verified is verified fully."""

    def __init__(
        self, log: Log, accounts: AccountTable, clock: Clock, *, usual: CommitVerifier, full: CommitVerifier
    ) -> None:
        self._log = log
        self._accounts = accounts
        self._clock = clock
        self._usual = usual
        self._full = full

    async def retry(self, entries: Iterable[StoredQuarantine]) -> list[Retried]:
        """Decode each entry and append what is good now, all in one step."""
        decoded = [(one.number, await self._decode(one.entry)) for one in entries if one.resolved_us is None]
        known = self._already_there([chunk.rows for _, chunk in decoded])
        results: list[Retried] = []
        fresh: list[pa.RecordBatch] = []
        for number, chunk in decoded:
            rows = _without(chunk.rows, known)
            fresh.append(rows)
            results.append(Retried(number, rows.num_rows, chunk.quarantine[0].detail if chunk.quarantine else ""))
        if fresh:
            self._append(fresh, [result.number for result in results if not result.reason])
        return results

    async def _decode(self, entry: QuarantineEntry) -> SourceChunk:
        decoder = self._decoder(entry)
        decoder.add(entry.data, entry.position)
        await decoder.settle()
        return decoder.take()

    def _decoder(self, entry: QuarantineEntry) -> Decoder:
        gate = self._gate()
        if entry.data.lstrip()[:1] == b"{":
            return JetstreamDecoder(entry.source, gate=gate, clock=self._clock)
        unverified = entry.reason.startswith(_UNVERIFIED) and self._usual.mode is not VerifyMode.FULL
        verifier = self._full if unverified else self._usual
        return FirehoseDecoder(entry.source, verifier=verifier, gate=gate, clock=self._clock)

    def _gate(self) -> CommitGate:
        """Judges form and status; the order is long past, so revs are not compared."""
        return RepoGate("retry", clock=self._clock, metrics=Metrics(), load=self._visibility, chained=False)

    def _visibility(self, did: Did) -> RepoState | None:
        stored = self._accounts.repo_state(did)
        return None if stored is None else replace(stored, rev=None, data=None)

    def _already_there(self, batches: Iterable[pa.RecordBatch]) -> set[_Key]:
        """Keys of the rows that the log holds: of a commit with one bad operation the others were taken long ago."""
        wanted = {key for rows in batches for key in _keys(rows)}
        found: set[_Key] = set()
        if wanted:
            for batch in self._log.read(Offset(0)):
                found.update(wanted.intersection(_keys(batch.rows)))
        return found

    def _append(self, batches: Sequence[pa.RecordBatch], resolved: Sequence[int]) -> None:
        times = EventClock(self._clock, self._log.last_time_us())
        rows = self._accounts.stamp(times.clamp(pa.concat_batches(batches)))
        base = self._log.append(rows, {}, (), resolved)
        self._accounts.commit(Offset(base + rows.num_rows))


def _keys(rows: pa.RecordBatch) -> list[_Key]:
    return list(zip(*(rows.column(name).to_pylist() for name in _KEY), strict=True))


def _without(rows: pa.RecordBatch, known: set[_Key]) -> pa.RecordBatch:
    """Rows whose key is new; it is known from now on."""
    keep = []
    for key in _keys(rows):
        keep.append(key not in known)
        known.add(key)
    return rows.filter(pa.array(keep, pa.bool_()))
