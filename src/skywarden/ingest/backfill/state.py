"""Keep what a backfill has and what it could not get, in the log that it fills and in the same transactions.

Retry: what was stored is recognised by its account. Crash: rows, the account's state, failures and the place in the
listing are one append. Two writers: the log refuses the second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from skywarden.ingest.contract import ROW_SCHEMA, SourceChunk
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.log.contract import Log, LogReader, QuarantineEntry
from skywarden.model.event import with_schema

SOURCE = "backfill:"
"""How the source of every backfilled row begins; what follows is the host that served it."""

_FAILED = "repo-"
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """What of a repository is stored: all of it as of `rev`, or its records up to `path`."""

    rev: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a repository could not be had; `reason` is one of REASONS."""

    did: Did
    source: str
    reason: str
    detail: str
    number: int = 0


REASONS = {
    "repo-not-found": "the host does not have it, or the DID does not exist",
    "repo-taken-down": "the host has taken it down",
    "repo-suspended": "the host has suspended it",
    "repo-deactivated": "its owner has deactivated it",
    "repo-too-large": "its export is larger than allowed",
    "repo-invalid": "its export, or its identity, does not stand the checks",
    "repo-unreachable": "the host did not answer well, however often it was asked",
}


@dataclass(slots=True)
class Parcel:
    """What is to become durable in one step."""

    chunks: list[SourceChunk] = field(default_factory=list)
    held: dict[Did, Held] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    listing: dict[str, str] = field(default_factory=dict)


class BackfillState:
    """One log's state; its methods block."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._failed: dict[Did, int] = {}
        self._last = 0
        self._learn()

    def held(self, did: Did) -> Held | None:
        """What of the account is stored."""
        found = self._log.cursor(_key(did))
        if found is None:
            return None
        rev, _, path = found.partition(" ")
        return Held(rev, path or None)

    def has_failed(self, did: Did) -> bool:
        """Whether the account could not be had and nobody has tried again with success."""
        return did in self._failed

    def listing(self, name: str) -> str | None:
        """Where a host's list of repositories is to be read on."""
        return self._log.cursor(_listing_key(name))

    def failures(self, after: int = 0) -> Iterator[Failure]:
        """Repositories that could not be had, in the order in which that was found out, from a number on."""
        while page := self._log.quarantined(limit=_PAGE, after=after):
            for stored in page:
                entry = stored.entry
                if entry.reason.startswith(_FAILED):
                    yield Failure(Did(entry.position), entry.source, entry.reason, entry.detail, stored.number)
            after = page[-1].number

    def store(self, parcel: Parcel) -> int:
        """Make a parcel durable; return its rows. All get one time: now, or the log's last where that is later."""
        rows = self._rows(parcel.chunks)
        cursors = self._places(parcel.chunks)
        cursors |= {_key(did): f"{held.rev} {held.path or ''}".strip() for did, held in parcel.held.items()}
        cursors |= {_listing_key(name): cursor for name, cursor in parcel.listing.items()}
        quarantine = [entry for chunk in parcel.chunks for entry in chunk.quarantine]
        answered = [*parcel.held, *(failure.did for failure in parcel.failures)]
        resolved = [self._failed.pop(did) for did in answered if did in self._failed]
        quarantine += [self._entry(failure) for failure in parcel.failures]
        self._log.append(rows, cursors, quarantine, resolved)
        if parcel.failures:
            self._learn()
        return int(rows.num_rows)

    def _places(self, chunks: Sequence[SourceChunk]) -> dict[str, str]:
        """Where the rows of each account will be, behind where earlier ones are."""
        places: dict[str, str] = {}
        at = int(self._log.end_offset())
        for chunk in chunks:
            if chunk.rows.num_rows:
                name = _places_key(Did(chunk.rows.column("did")[0].as_py()))
                before = places.get(name) or self._log.cursor(name) or ""
                places[name] = f"{before} {at}-{at + chunk.rows.num_rows}".strip()
                at += chunk.rows.num_rows
        return places

    def _learn(self) -> None:
        for failure in self.failures(self._last):
            self._failed[failure.did] = self._last = failure.number

    def _rows(self, chunks: Sequence[SourceChunk]) -> pa.RecordBatch:
        rows = with_schema(pa.concat_batches([chunk.rows for chunk in chunks] or [_NOTHING]))
        now_us = max(self._clock.now_us(), self._log.last_time_us() or 0)
        times = pa.repeat(pa.scalar(now_us, pa.int64()), len(rows))
        return rows.set_column(rows.schema.get_field_index("time_us"), rows.schema.field("time_us"), times)

    def _entry(self, failure: Failure) -> QuarantineEntry:
        now_us = UtcMicros(self._clock.now_us())
        return QuarantineEntry(failure.source, failure.did, failure.reason, failure.detail, b"", now_us)


_NOTHING = pa.RecordBatch.from_pylist([], schema=ROW_SCHEMA)


def _key(did: Did) -> str:
    return f"repo:{did}"


def _places_key(did: Did) -> str:
    return f"at:{did}"


def places_of(log: LogReader, did: Did) -> list[tuple[Offset, Offset]]:
    """Where in a backfilled log an account's rows are: [start, end) of each stretch."""
    stretches = (stretch.partition("-") for stretch in (log.cursor(_places_key(did)) or "").split())
    return [(Offset(int(start)), Offset(int(end))) for start, _, end in stretches]


def _listing_key(name: str) -> str:
    return f"list:{name}"
