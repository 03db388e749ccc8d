"""Take one step of everything that keeps the warehouse: what is new comes in, small segments merge, old files go.

Retry and crash: each part of a step is one commit of its own. Two writers: the second is told to come again.
"""

from dataclasses import dataclass

from skywarden.log.contract import LogReader
from skywarden.storage import Database
from skywarden.warehouse import compact_log, compact_sql
from skywarden.warehouse.compact_sql import SOURCES
from skywarden.warehouse.merge import merge_once
from skywarden.warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Compacted:
    """Rows that came in, by table, and files that merged into others."""

    rows: dict[str, int]
    merged: int

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class Compaction:
    """Keeps one warehouse from one log (None where this process has none) and one database."""

    store: Store
    log: LogReader | None
    database: Database

    def step(self, log_rows: int = compact_log.STEP_ROWS, sql_rows: int = compact_sql.STEP_ROWS) -> Compacted:
        """Take over up to so many rows of each table, then merge once. Raises: Retryable, Broken."""
        rows = {}
        if self.log is not None:
            rows["event"] = compact_log.compact_log(self.store, self.log, log_rows)
        for source in SOURCES:
            rows[source.spec.name] = compact_sql.compact_sql(self.store, self.database, source, sql_rows)
        merged = merge_once(self.store)
        self.store.collect()
        return Compacted(rows, merged)

    def waiting(self) -> dict[str, int]:
        """Rows that no segment holds yet, by table."""
        waits = {} if self.log is None else {"event": compact_log.rows_waiting(self.store, self.log)}
        return waits | {
            source.spec.name: compact_sql.rows_waiting(self.store, self.database, source) for source in SOURCES
        }
