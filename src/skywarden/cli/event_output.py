"""Turn chunks into what `skywarden ingest` shows: events on stdout, progress and refusals on stderr."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.jetstream_json import jetstream_lines
from skywarden.ingest.sources.files import FileSource
from skywarden.model.event import Action, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = ("time_us", "did", "kind", "action", "collection", "rkey", "text", "subject_uri", "subject_did", "handle")


class Output(StrEnum):
    """Forms of output."""

    JETSTREAM = "jetstream"
    TABLE = "table"
    NONE = "none"


class IngestScreen:
    """Shows each chunk; with a terminal on stderr also how far the source is."""

    MAX_REFUSALS = 20

    def __init__(self, output: Output) -> None:
        self._show_rows = _shower(output)
        self._errors = Console(stderr=True, soft_wrap=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=self._errors, disable=not self._errors.is_terminal)
        self._task = self._progress.add_task("reading", total=None)
        self._events = self._refused = 0

    def __enter__(self) -> "IngestScreen":
        self._progress.start()
        return self

    def __exit__(self, *exit_info: object) -> None:
        self._progress.stop()

    def show(self, chunk: SourceChunk, source: FileSource) -> None:
        """Show one chunk."""
        self._show_rows(chunk.rows)
        for entry in chunk.quarantine:
            self._refused += 1
            if self._refused <= self.MAX_REFUSALS:
                self._errors.print(_plain(f"quarantined at {entry.position}: {entry.detail}"))
        self._events += chunk.rows.num_rows
        self._progress.update(
            self._task,
            total=source.size_bytes,
            completed=source.bytes_read,
            description=f"{self._events:,} events, {self._refused:,} quarantined",
        )


def _shower(output: Output) -> Callable[[pa.RecordBatch], None]:
    """Give the function that writes rows in this form."""
    if output is Output.JETSTREAM:
        return _show_jetstream
    if output is Output.TABLE:
        return _show_table
    return lambda rows: None


def _show_jetstream(rows: pa.RecordBatch) -> None:
    sys.stdout.buffer.writelines(line + b"\n" for line in jetstream_lines(rows))
    sys.stdout.buffer.flush()


def _show_table(rows: pa.RecordBatch) -> None:
    table = Table("time", "account", "event", "about", box=None, header_style="bold")
    for row in rows.select(_SHOWN).to_pylist():
        table.add_row(*map(_plain, (_time(row), row["did"], _event(row), _about(row))))
    Console(soft_wrap=False).print(table)


def _plain(text: str) -> Text:
    """Text of strangers: no markup, one line, no control characters."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text), overflow="ellipsis", no_wrap=True)


def _time(row: dict[str, Any]) -> str:
    return f"{_EPOCH + timedelta(microseconds=row['time_us']):%Y-%m-%d %H:%M:%S}"


def _event(row: dict[str, Any]) -> str:
    kind = Kind(row["kind"])
    if kind is not Kind.COMMIT:
        return kind.name.lower()
    return f"{Action(row['action']).name.lower()} {row['collection']}/{row['rkey']}"


def _about(row: dict[str, Any]) -> str:
    about = row["text"] or row["subject_uri"] or row["subject_did"] or row["handle"]
    return about or ""
