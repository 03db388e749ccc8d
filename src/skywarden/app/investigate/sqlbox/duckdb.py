"""Run one checked SELECT in a DuckDB of its own that holds nothing but views, reads nothing else, and soon ends.

The guard is the first wall; the second is the connection: no files but the warehouse's, no settings, no extensions,
no variables of ours, and caps of memory, threads, time and rows. Crash: nothing is written anywhere.
Two writers: each question has a connection of its own.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from skywarden.app.investigate.sqlbox.guard import check_statement
from skywarden.kernel.errors import Rejected, SkywardenError
from skywarden.model.investigation import Checkpoint, SqlAnswer, go_on

_LONGEST_TEXT = 20_000
_LOOK_S = 0.05
"""How often a running question is asked whether it may go on."""


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """What one question may cost. Units are in the names."""

    rows: int = 10_000
    seconds: float = 30.0
    memory_mb: int = 512
    threads: int = 2
    cell_chars: int = 100_000


DEFAULT_LIMITS = SqlLimits()


@dataclass(frozen=True, slots=True)
class TableViews:
    """What a question sees: a SELECT behind each table's name, and the only folder that may be read."""

    selects: Mapping[str, str]
    folder: Path | None = None


class SqlBox:
    """Answers analysts' SQL. `views` is asked at every question, so that it sees what is there now."""

    def __init__(self, views: Callable[[], TableViews], limits: SqlLimits = DEFAULT_LIMITS) -> None:
        self._views = views
        self._limits = limits

    def run(self, text: str, *, limit: int = 1_000, checkpoint: Checkpoint = go_on) -> SqlAnswer:
        """Run one SELECT. Raises: Rejected, when it is refused, fails or costs more than it may."""
        if len(text) > _LONGEST_TEXT:
            raise Rejected("SqlRefused", expected=f"at most {_LONGEST_TEXT:,} characters", found=f"{len(text):,}")
        views = self._views()
        rows = max(1, min(limit, self._limits.rows))
        began_s = time.monotonic()
        with self._connected(views) as connection:
            check_statement(text, _parsed(connection, text), views.selects)
            with _ended_after(connection, self._limits.seconds, checkpoint) as ending:
                try:
                    found = connection.execute(text)
                    names, types = [one[0] for one in found.description], [str(one[1]) for one in found.description]
                    held = found.fetchmany(rows + 1)
                except duckdb.Error as error:
                    raise ending.reason or _failed(error) from error
        taken = time.monotonic() - began_s
        cut = [tuple(self._cell(cell) for cell in row) for row in held[:rows]]
        return SqlAnswer(tuple(names), tuple(types), tuple(cut), len(held) > rows, taken)

    def _cell(self, value: object) -> object:
        if isinstance(value, str) and len(value) > self._limits.cell_chars:
            return value[: self._limits.cell_chars] + "…"
        return value

    @contextmanager
    def _connected(self, views: TableViews) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database in memory with the views; from then on nothing about it can be changed."""
        limits = self._limits
        connection = duckdb.connect(
            ":memory:",
            config={
                "threads": limits.threads,
                "memory_limit": f"{limits.memory_mb}MB",
                "max_temp_directory_size": "0B",
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
            },
        )
        try:
            for name, select in views.selects.items():
                connection.execute(f'CREATE VIEW "{name}" AS {select}')
            if views.folder is not None:
                folder = str(views.folder.resolve()).replace("'", "''")
                connection.execute(f"SET allowed_directories=['{folder}/']")
            connection.execute("SET enable_external_access=false")
            connection.execute("SET lock_configuration=true")
            yield connection
        finally:
            connection.close()


def _parsed(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """What DuckDB's own parser makes of the text: nothing of it is run."""
    row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchone()
    assert row is not None
    return str(row[0])


def _failed(error: duckdb.Error) -> Rejected:
    if isinstance(error, duckdb.OutOfMemoryException):
        hint = "group or filter more, or ask for a shorter time"
        return Rejected("SqlTooLarge", found="a question that needs more memory than it may have", hint=hint)
    return Rejected("SqlFailed", found=str(error).strip())


@dataclass(slots=True)
class _Ending:
    """Why a question was ended from outside."""

    reason: SkywardenError | None = None


@contextmanager
def _ended_after(connection: duckdb.DuckDBPyConnection, seconds: float, checkpoint: Checkpoint) -> Iterator[_Ending]:
    """Interrupt what runs in the block when its time is over or nobody waits for it any more."""
    ending, done = _Ending(), threading.Event()
    deadline_s = time.monotonic() + seconds

    def watch() -> None:
        while not done.wait(_LOOK_S):
            try:
                checkpoint(0)
            except SkywardenError as error:
                ending.reason = error
            if time.monotonic() > deadline_s:
                hint = "ask for less, or for a shorter time"
                ending.reason = Rejected("SqlTooSlow", found=f"a question that takes over {seconds:g} s", hint=hint)
            if ending.reason is not None:
                connection.interrupt()

    watcher = threading.Thread(target=watch, name="sqlbox-watch", daemon=True)
    watcher.start()
    try:
        yield ending
    finally:
        done.set()
        watcher.join()
