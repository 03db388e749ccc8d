"""Settings to the warehouse of a data folder, for commands in a process of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from skywarden.app.data_folder import DataFolder
from skywarden.app.stored import open_stored
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.did import parse_did
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.log import SqliteLog
from skywarden.settings import Settings
from skywarden.warehouse import Store
from skywarden.warehouse.compaction import Compaction
from skywarden.warehouse.jobs.tables import ALL_TABLES


@dataclass(frozen=True, slots=True)
class TableLine:
    """What is kept of one table; `waiting` is None for tables that are not taken over from elsewhere."""

    table: str
    rows: int
    first_day: str
    last_day: str
    segments: int
    bytes: int
    waiting: int | None

    def as_json(self) -> dict[str, object]:
        """Without the name."""
        return {name: value for name, value in asdict(self).items() if name != "table"}


@dataclass(frozen=True, slots=True)
class WarehouseParts:
    """What the commands work on."""

    compaction: Compaction

    def status(self) -> list[TableLine]:
        """Every table, in the order of the registry."""
        store, waiting = self.compaction.store, self.compaction.waiting()
        manifest = store.manifest()
        lines = []
        for table in store.specs:
            found = manifest.of(table)
            days = [one.day for one in found]
            lines.append(
                TableLine(
                    table=table,
                    rows=sum(one.rows for one in found),
                    first_day=min(days, default=""),
                    last_day=max(days, default=""),
                    segments=len(found),
                    bytes=sum(one.bytes for one in found),
                    waiting=waiting.get(table),
                )
            )
        return lines


def forgettable(subject: str) -> str:
    """A DID or an at-uri of a record, as it is. Raises: Rejected, for anything else."""
    if not subject.startswith("at://"):
        return parse_did(subject)
    uri = parse_at_uri(subject)
    if uri.rkey is None or not uri.authority.startswith("did:"):
        raise Rejected("no record", place=subject, expected="at://DID/COLLECTION/RKEY, or a DID for the whole account")
    return subject


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[WarehouseParts]:
    """Open the configured database and log for reading, and the warehouse for both.

    Raises: Rejected, when nothing of ours is there; Retryable, when there is no log yet.
    """
    folder = DataFolder(Path(settings.data))
    with open_stored(settings) as database:
        log = SqliteLog(folder.log, writable=False) if folder.log.exists() else None
        try:
            yield WarehouseParts(Compaction(Store(folder.warehouse, SystemClock(), specs=ALL_TABLES), log, database))
        finally:
            if log is not None:
                log.close()
