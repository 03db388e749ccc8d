"""Keep a log in one SQLite file: Arrow batches, zstd, one writer, any number of readers.

Retry: `append` is one transaction, so a failed one left nothing. Crash: WAL with synchronous=FULL; what `append`
returned for survives kill -9 and power loss as far as the disk keeps its word. Two writers: the second finds the
lock file held and is refused; readers may come from other processes.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import pyarrow as pa

from skywarden.kernel.errors import Broken, Retryable
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log.codec import checksum, decode_rows, encode_rows
from skywarden.log.contract import Change, LogBatch, QuarantineEntry, StoredQuarantine
from skywarden.log.memory import slice_batch
from skywarden.log.order import check_time_order

RECENT_ROWS = 4_096
"""The newest batches are kept in memory up to so many rows: whoever follows the log reads them without decoding."""

_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS batches (
    base INTEGER PRIMARY KEY, rows INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,
    crc INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, position TEXT NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, data BLOB NOT NULL, time_us INTEGER NOT NULL, resolved_us INTEGER);
CREATE INDEX IF NOT EXISTS quarantine_open ON quarantine (number) WHERE resolved_us IS NULL;
"""
_COUNT_OLDEST = "SELECT sum(rows) FROM batches WHERE base + rows <= ? AND base < (SELECT max(base) FROM batches)"
_DELETE_OLDEST = "DELETE FROM batches WHERE base + rows <= ? AND base < (SELECT max(base) FROM batches)"
_QUARANTINE = "SELECT number, source, position, reason, detail, data, time_us, resolved_us FROM quarantine"


class SqliteLog:
    """The embedded log. `writable=False` opens it beside a running writer."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path = path
        self._guard: IO[bytes] | None = None
        if writable:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._guard = _hold(path)
        elif not path.exists():
            raise Retryable(f"{path}: no log here yet; start `skywarden up` or `skywarden ingest` first")
        self._lock = threading.Lock()
        self._db = _connect(path)
        _check_format(self._db, path, create=writable)
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = [self._db]
        self._end, self._last_us = self._tail()
        self._recent: tuple[LogBatch, ...] = ()

    def append(
        self,
        rows: pa.RecordBatch,
        cursors: Mapping[str, str],
        quarantine: Sequence[QuarantineEntry] = (),
        resolved: Sequence[int] = (),
    ) -> Offset:
        if self._guard is None:
            raise Broken(f"{self.path}: opened for reading only")
        with self._lock:
            last_us = check_time_order(rows, self._last_us)
            base = self._end
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                if rows.num_rows:
                    self._insert_rows(base, rows)
                self._db.executemany("INSERT OR REPLACE INTO cursors VALUES (?, ?)", cursors.items())
                self._insert_quarantine(quarantine)
                self._db.executemany(
                    "UPDATE quarantine SET resolved_us = ? WHERE number = ?", [(last_us or 0, n) for n in resolved]
                )
            self._remember(LogBatch(base, rows))
            self._end, self._last_us = Offset(base + rows.num_rows), last_us
            return base

    def rewrite(self, offsets: Sequence[int], change: Change) -> int:
        left, changed = sorted(offsets), 0
        while left:
            with self._lock:
                stored = self._stored_at(left[0])
                inside = [offset for offset in left if offset < stored.end]
                rows = change(stored.rows, [offset - stored.base for offset in inside])
                if not rows.equals(stored.rows):
                    self._replace(LogBatch(stored.base, rows))
                    changed += len(inside)
            left = left[len(inside) :]
        return changed

    def _replace(self, batch: LogBatch) -> None:
        payload = encode_rows(batch.rows)
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            values = (checksum(payload), payload, batch.base)
            self._db.execute("UPDATE batches SET crc = ?, payload = ? WHERE base = ?", values)
        self._recent = tuple(batch if kept.base == batch.base else kept for kept in self._recent)

    def drop_before(self, offset: Offset) -> int:
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            row = self._db.execute(_COUNT_OLDEST, (offset,)).fetchone()
            self._db.execute(_DELETE_OLDEST, (offset,))
        return int(row[0] or 0)

    def _remember(self, batch: LogBatch) -> None:
        """Keep an appended batch; the oldest go first, and one that is too large by itself goes at once."""
        first = self._end + batch.rows.num_rows - RECENT_ROWS
        self._recent = tuple(kept for kept in (*self._recent, batch) if kept.base >= first)

    def _insert_rows(self, base: Offset, rows: pa.RecordBatch) -> None:
        payload = encode_rows(rows)
        times = rows.column("time_us")
        self._db.execute(
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)",
            (base, rows.num_rows, times[0].as_py(), times[-1].as_py(), checksum(payload), payload),
        )

    def _insert_quarantine(self, entries: Sequence[QuarantineEntry]) -> None:
        self._db.executemany(
            "INSERT INTO quarantine (source, position, reason, detail, data, time_us) VALUES (?, ?, ?, ?, ?, ?)",
            [(e.source, e.position, e.reason, e.detail, e.data, e.time_us) for e in entries],
        )

    def _tail(self) -> tuple[Offset, UtcMicros | None]:
        row = self._db.execute("SELECT base + rows, last_us FROM batches ORDER BY base DESC LIMIT 1").fetchone()
        return (Offset(0), None) if row is None else (Offset(row[0]), UtcMicros(row[1]))

    def _reader(self) -> sqlite3.Connection:
        """One connection a thread, so that reads never wait for an append."""
        found: sqlite3.Connection | None = getattr(self._readers, "db", None)
        if found is None:
            found = _connect(self.path)
            self._readers.db = found
            self._opened.append(found)
        return found

    def start_offset(self) -> Offset:
        row = self._reader().execute("SELECT base FROM batches ORDER BY base LIMIT 1").fetchone()
        return Offset(0 if row is None else row[0])

    def end_offset(self) -> Offset:
        if self._guard is not None:
            return self._end
        row = self._reader().execute("SELECT base + rows FROM batches ORDER BY base DESC LIMIT 1").fetchone()
        return Offset(0 if row is None else row[0])

    def read(self, start: Offset, stop: Offset | None = None) -> Iterator[LogBatch]:
        end = self.end_offset() if stop is None else Offset(min(stop, self.end_offset()))
        at = int(start)
        while at < end:
            piece = slice_batch(self._recent_at(at) or self._stored_at(at), Offset(at), end)
            if piece is None:
                raise Broken(f"{self.path}: the batch at offset {at} holds fewer rows than its index says")
            at = piece.end
            yield piece

    def _recent_at(self, at: int) -> LogBatch | None:
        return next((batch for batch in self._recent if batch.base <= at < batch.end), None)

    def _stored_at(self, at: int) -> LogBatch:
        query = "SELECT base, rows, crc, payload FROM batches WHERE base <= ? ORDER BY base DESC LIMIT 1"
        row = self._reader().execute(query, (at,)).fetchone()
        if row is None or row[0] + row[1] <= at:
            raise Broken(f"{self.path}: offset {at} is missing from the log; restore the file from a backup")
        return LogBatch(Offset(row[0]), decode_rows(row[3], row[2], f"{self.path} offset {row[0]}"))

    def cursor(self, source: str) -> str | None:
        row = self._reader().execute("SELECT cursor FROM cursors WHERE source = ?", (source,)).fetchone()
        return None if row is None else str(row[0])

    def last_time_us(self) -> UtcMicros | None:
        return self._last_us if self._guard is not None else self._tail()[1]

    def quarantined(self, *, limit: int = 100, after: int = 0, unresolved_only: bool = True) -> list[StoredQuarantine]:
        only = " AND resolved_us IS NULL" if unresolved_only else ""
        rows = self._reader().execute(f"{_QUARANTINE} WHERE number > ?{only} ORDER BY number LIMIT ?", (after, limit))
        return [StoredQuarantine(row[0], QuarantineEntry(*row[1:7]), row[7]) for row in rows]

    def quarantine_count(self) -> int:
        row = self._reader().execute("SELECT count(*) FROM quarantine WHERE resolved_us IS NULL").fetchone()
        return int(row[0])

    def close(self) -> None:
        """Release every connection and the writer's lock; no thread may be reading any more."""
        for connection in self._opened:
            connection.close()
        if self._guard is not None:
            self._guard.close()
            self._guard = None


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")  # what is rewritten or dropped is not left in free pages
    return db


def _check_format(db: sqlite3.Connection, path: Path, *, create: bool) -> None:
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found == 0 and create:
        db.executescript(_TABLES)
        db.execute(f"PRAGMA user_version = {_FORMAT}")
    elif found != _FORMAT:
        raise Broken(f"{path}: expected log format {_FORMAT}, found {found}; use the version that wrote it")


def _hold(path: Path) -> IO[bytes]:
    guard = path.with_name(path.name + ".writer").open("ab")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        guard.close()
        raise Broken(f"{path}: another process writes this log; stop it first") from error
    return guard
