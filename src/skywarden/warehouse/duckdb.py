"""Answer SELECT statements over the tables of the warehouse with DuckDB: read-only, and within limits.

Retry: a query that failed because a merge took its files away is run once more on what is there now. Crash: nothing
is written. Two writers: any number of threads may ask; `Limits.at_once` of them run, the others wait.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from skywarden.kernel.errors import Broken, Rejected, Retryable
from skywarden.warehouse.contract import DEFAULT_LIMITS, QueryLimits
from skywarden.warehouse.manifest import Manifest
from skywarden.warehouse.store import Store
from skywarden.warehouse.views import view_texts

__all__ = ["DEFAULT_LIMITS", "QueryLimits", "Warehouse"]

_CHUNK_ROWS = 65_536


class Warehouse:
    """The one owner of DuckDB in this process. `memory_mb` and `threads` are for all queries together."""

    def __init__(self, store: Store, *, memory_mb: int = 1_024, threads: int = 2, at_once: int = 2) -> None:
        self._store = store
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._version = -1
        self._database = _open(store, memory_mb, threads)

    def query(
        self, sql: str, params: Mapping[str, object] | None = None, limits: QueryLimits = DEFAULT_LIMITS
    ) -> pa.Table:
        """The rows of one SELECT; `params` fill its `$names`.

        Raises: Rejected, for what is no SELECT, is wrong, or costs more than it may; Retryable, when too many ask;
        Broken, when a segment is damaged.
        """
        deadline_s = time.monotonic() + limits.seconds
        if not self._free.acquire(timeout=limits.seconds):
            raise Retryable("the warehouse answers other queries at this moment; try again")
        try:
            try:
                return self._ask(sql, params or {}, limits.rows, deadline_s)
            except _FilesGone:
                return self._ask(sql, params or {}, limits.rows, deadline_s)
        finally:
            self._free.release()

    def close(self) -> None:
        """Let go of everything; no query may be running."""
        self._database.close()

    def _ask(self, sql: str, params: Mapping[str, object], rows: int, deadline_s: float) -> pa.Table:
        with self._store.pinned() as manifest, self._database.cursor() as cursor, _translated():
            self._renew(manifest)
            _check_select(cursor, sql)
            with _ended_at(cursor, deadline_s) as ending:
                try:
                    return _first_rows(cursor.sql(sql, params=dict(params)).to_arrow_reader(_CHUNK_ROWS), rows)
                except duckdb.InterruptException as error:
                    hint = "name a day or a part, or ask for less"
                    raise Rejected("query_too_slow", found=ending.said, hint=hint) from error

    def _renew(self, manifest: Manifest) -> None:
        """Have the views name the segments of this manifest, or a newer one."""
        with self._lock:
            if self._version < manifest.version:
                with self._database.cursor() as cursor:
                    for name, text in view_texts(self._store.folder, manifest, self._store.specs).items():
                        cursor.execute(f'CREATE OR REPLACE VIEW "{name}" AS {text}')
                self._version = manifest.version


class _FilesGone(Exception):
    """A file went away between the reading of the manifest and that of the file."""


def _open(store: Store, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """A database in memory that can read the warehouse's folder and nothing else, for good."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory_mb}MB",
        "max_temp_directory_size": "0B",
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    database = duckdb.connect(":memory:", config=config)
    folder = str(store.folder.resolve()).replace("'", "''")
    database.execute("SET parquet_metadata_cache=true")
    database.execute(f"SET allowed_directories=['{folder}/']")
    database.execute("SET enable_external_access=false")
    database.execute("SET lock_configuration=true")
    return database


def _check_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """A folder that may be read may be written too, so nothing but one SELECT is run."""
    found = [one.type for one in cursor.extract_statements(sql)]
    if found != [duckdb.StatementType.SELECT]:
        names = ", ".join(one.name for one in found) or "nothing"
        raise Rejected("query_refused", expected="one SELECT statement", found=names)


def _first_rows(reader: pa.RecordBatchReader, rows: int) -> pa.Table:
    """Read until there are enough; the rest is never computed."""
    batches, count = [], 0
    while count < rows:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        batches.append(batch)
        count += batch.num_rows
    return pa.Table.from_batches(batches, schema=reader.schema).slice(0, rows)


@dataclass(slots=True)
class _Ending:
    said: str = ""
    done: threading.Event = field(default_factory=threading.Event)


@contextmanager
def _ended_at(cursor: duckdb.DuckDBPyConnection, deadline_s: float) -> Iterator[_Ending]:
    """Interrupt what runs in the block when its time is over."""
    ending, began_s = _Ending(), time.monotonic()

    def watch() -> None:
        if not ending.done.wait(max(deadline_s - began_s, 0)):
            ending.said = f"still running after {deadline_s - began_s:.1f} s"
            cursor.interrupt()

    watcher = threading.Thread(target=watch, name="warehouse-watch", daemon=True)
    watcher.start()
    try:
        yield ending
    finally:
        ending.done.set()
        watcher.join()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Rejected("query_too_large", found=_first_line(error), hint="group, filter or name a day") from error
    except duckdb.IOException as error:
        if "No such file" in str(error) or "No files found" in str(error):
            raise _FilesGone from error
        raise Broken(f"the warehouse cannot be read: {_first_line(error)}; see `skywarden warehouse verify`") from error
    except (duckdb.InternalException, duckdb.FatalException) as error:
        raise Broken(f"DuckDB failed: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise Rejected("query_refused", found=str(error).strip()) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
