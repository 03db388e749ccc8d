"""What the commands of `skywarden query` share: options, the investigator that they open, how answers leave."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from skywarden.kernel.errors import Rejected

if TYPE_CHECKING:  # --help must not import Arrow
    from skywarden.app.investigate.sheets import Sheet
    from skywarden.model.investigation import Checkpoint, FindRequest, Investigator

Style = Literal["table", "csv", "json", "parquet"]

ON = typer.Option(help="Kind of event; may be given several times.")
GROUP = typer.Option(help="Count by this expression; may be given several times. A list counts each of its elements.")
SHOW = typer.Option(help="Show the value of this expression with each event; may be given several times.")
TOP = typer.Option(min=1, max=10_000, help="How many groups.")
AGAINST = typer.Option(help="Compare with the time before: previous, or how far back (1d, 7d).")
HISTOGRAM = typer.Option(help="Show counts over time in buckets of this length (15m, 1h, 1d), or auto.")
SQL = typer.Option("--sql", help="One SELECT over the warehouse's tables instead of an expression.")
CURSOR = typer.Option(help="Go on where an earlier answer ended; it said how.")
EXPRESSION = typer.Argument(help="Condition as a rule returns it; without one: every event.")
SINCE = typer.Option(help="From when: so long before the last event (1d, 6h, 30d), or a moment (2026-07-04T12:00:00Z).")
UNTIL = typer.Option(help="Until when, in the same words; without it: the last event.")
LIMIT = typer.Option(min=1, max=10_000, help="At most so many rows.")
FORMAT = typer.Option("--format", help="table for people; csv, json (one object a line) and parquet for programs.")
OUT = typer.Option(help="Write to this file instead of standard output.")
DATA = typer.Option(help="Data folder of the platform [default: .data].")
CONFIG = typer.Option(help="TOML file with settings.")
DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")


@dataclass(frozen=True, slots=True)
class Asking:
    """One command's way to answers: where they come from, and how they go out."""

    investigator: "Investigator"
    checkpoint: "Checkpoint"
    style: Style
    out: Path | None

    def find(self, request: "FindRequest") -> None:
        """Answer what `query find` and saved queries ask."""
        from skywarden.app.investigate.requests import sheet_of

        with errors_shown():
            found = self.investigator.find(request, checkpoint=self.checkpoint)
        if self._is_for_people():
            from skywarden.cli.query_screen import show_answer

            show_answer(request, found)
        else:
            self._write(sheet_of(request, found))

    def timeline(self, entity: str, since: str, until: str, limit: int, cursor: str | None) -> None:
        """Answer `query timeline`."""
        from skywarden.app.investigate.sheets import timeline_sheet

        since_us, until_us = self.investigator.moments(since, until)
        found = self.investigator.timeline(
            entity, since_us=since_us, until_us=until_us, limit=limit, cursor=cursor, checkpoint=self.checkpoint
        )
        if self._is_for_people():
            from skywarden.cli.query_screen import show_timeline

            show_timeline(found)
        else:
            self._write(timeline_sheet(found))

    def pivot(self, entity: str, relation: str, since: str, until: str, limit: int) -> None:
        """Answer `query pivot`."""
        from skywarden.app.investigate.sheets import linked_sheet, links_sheet
        from skywarden.cli.query_screen import show_linked, show_links

        since_us, until_us = self.investigator.moments(since, until)
        ask, checkpoint = self.investigator, self.checkpoint
        if relation:
            linked = ask.linked(
                entity, relation, since_us=since_us, until_us=until_us, limit=limit, checkpoint=checkpoint
            )
            sheet, show = linked_sheet(linked), lambda: show_linked(linked)
        else:
            links = ask.links(entity, since_us=since_us, until_us=until_us, checkpoint=checkpoint)
            sheet, show = links_sheet(links), lambda: show_links(links)
        self._leave(sheet, show)

    def _leave(self, sheet: "Sheet", show: Callable[[], None]) -> None:
        if self._is_for_people():
            show()
        else:
            self._write(sheet)

    def _is_for_people(self) -> bool:
        return self.style == "table" and self.out is None

    def _write(self, sheet: "Sheet") -> None:
        """Write a file, or to standard output; the end of a file's name says its form where no option does."""
        from skywarden.app.investigate.sheets import csv_text, json_text, parquet_bytes

        style = self.style if self.style != "table" or self.out is None else _style_of(self.out)
        written = parquet_bytes(sheet) if style == "parquet" else None
        if written is None:
            written = (csv_text(sheet) if style == "csv" else json_text(sheet)).encode()
        if self.out is not None:
            self.out.write_bytes(written)
            typer.echo(f"{len(sheet.rows):,} rows in {self.out}", err=True)
        elif style == "parquet" and sys.stdout.isatty():
            raise Rejected("parquet on a terminal", expected="a file", hint="name one: --out FILE.parquet")
        else:
            sys.stdout.buffer.write(written)


def _style_of(out: Path) -> str:
    found = {".csv": "csv", ".json": "json", ".jsonl": "json", ".parquet": "parquet"}.get(out.suffix)
    if found is None:
        raise Rejected("unknown form", place=str(out), expected="FILE.csv, FILE.json or FILE.parquet, or --format")
    return found


@contextmanager
def asking(
    data: str | None, config: Path | None, database: str | None, style: Style, out: Path | None
) -> "Iterator[Asking]":
    """Open what is asked, with a progress bar while it works."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from skywarden.app.investigate.opening import open_investigator
    from skywarden.settings import load_settings

    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} events read"), TimeElapsedColumn())
    with open_investigator(settings) as investigator:
        bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        task = bar.add_task("reading")
        bar.start()

        def checkpoint(events: int) -> None:
            bar.advance(task, events)

        try:
            yield Asking(investigator, checkpoint, style, out)
        finally:
            bar.stop()


@contextmanager
def errors_shown() -> Iterator[None]:
    """Every problem of an expression, underlined, and exit code 2."""
    from skywarden.rules import RuleErrors

    try:
        yield
    except RuleErrors as error:
        typer.echo(error.text(), err=True)
        raise typer.Exit(2) from error
