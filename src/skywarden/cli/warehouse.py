"""`skywarden warehouse`: show, fill and check what is kept of the past."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from skywarden.app.warehouse import WarehouseParts  # heavy: pyarrow is imported when a command runs

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Folder that holds the log and the warehouse [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")
_FORMAT = typer.Option("--format", help="How to print: a table for people, or one JSON object.")
_DAMAGED = 1

Format = Literal["table", "json"]

warehouse_app = typer.Typer(help="Show, fill and check what queries and backtests read.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(warehouse_app, name="warehouse")


@warehouse_app.command()
def status(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
    output: Annotated[Format, _FORMAT] = "table",
) -> None:
    """Show what is kept of each table, since when, how large it is, and what waits to come in."""
    from rich.console import Console
    from rich.table import Table

    with _opened(config, data, database) as parts:
        lines = parts.status()
    if output == "json":
        typer.echo(json.dumps({line.table: line.as_json() for line in lines}))
        return
    table = Table("table", "rows", "from", "to", "segments", "MB", "waiting", box=None, pad_edge=False)
    for line in lines:
        table.add_row(
            line.table,
            f"{line.rows:,}",
            line.first_day,
            line.last_day,
            f"{line.segments:,}",
            f"{line.bytes / 1e6:,.1f}",
            "" if line.waiting is None else f"{line.waiting:,}",
        )
    Console().print(table)


@warehouse_app.command()
def compact(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
    output: Annotated[Format, _FORMAT] = "table",
) -> None:
    """Move everything that waits into the warehouse now and merge what is small; safe beside `skywarden up`."""
    from rich.console import Console
    from rich.progress import Progress

    with _opened(config, data, database) as parts, Progress(console=Console(stderr=True), transient=True) as bars:
        waiting = sum(parts.compaction.waiting().values())
        rows_bar, rows, merged = bars.add_task("rows", total=waiting), 0, 0
        while (done := parts.compaction.step()).total or done.merged:
            rows, merged = rows + done.total, merged + done.merged
            bars.update(rows_bar, completed=rows, total=max(waiting, rows))
    if output == "json":
        typer.echo(json.dumps({"rows": rows, "merged": merged}))
    else:
        typer.echo(f"{rows:,} rows taken over, {merged:,} segments merged")


@warehouse_app.command()
def verify(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
    output: Annotated[Format, _FORMAT] = "table",
) -> None:
    """Read every byte and compare its checksum: exit code 0 when all is as written, 1 with what is not."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from skywarden.kernel.errors import Broken
    from skywarden.warehouse.verify import Damage
    from skywarden.warehouse.verify import verify as check

    with _opened(config, data, database) as parts:
        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        try:
            segments = parts.compaction.store.manifest().segments
            with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
                bar = bars.add_task("bytes", total=sum(one.bytes for one in segments))
                found = check(parts.compaction.store, lambda read: bars.advance(bar, read))
        except Broken as error:
            segments, found = (), [Damage("manifest", str(error))]
    if output == "json":
        damage = [{"path": one.path, "what": one.what} for one in found]
        typer.echo(json.dumps({"segments": len(segments), "damaged": damage}))
    for one in found:
        typer.echo(f"{one.path}: {one.what}", err=True)
    if found:
        raise typer.Exit(_DAMAGED)
    if output == "table":
        typer.echo(f"{len(segments):,} segments, every byte as it was written")


@warehouse_app.command()
def forget(
    subjects: Annotated[list[str], typer.Argument(help="DIDs of accounts, or at-uris of single records.")],
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
    by: Annotated[str, typer.Option(help="Who asks, for the audit.")] = "cli",
) -> None:
    """Have content blanked in log, warehouse and database within minutes, by the job of the running platform.

    What decisions about it were is kept, without its words.
    """
    from skywarden.app.stored import open_stored
    from skywarden.app.warehouse import forgettable
    from skywarden.kernel.clock import SystemClock
    from skywarden.moderation.forgetting import Forgetting
    from skywarden.settings import load_settings

    asked = [forgettable(subject) for subject in subjects]
    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        new = Forgetting(db).ask(asked, "request", by, SystemClock().now_us())
    typer.echo(f"{new} will be forgotten; see: skywarden jobs list")


@contextmanager
def _opened(config: Path | None, data: str | None, database: str | None) -> "Iterator[WarehouseParts]":
    from skywarden.app.warehouse import open_warehouse
    from skywarden.settings import load_settings

    with open_warehouse(load_settings(config, os.environ, {"data": data, "database.url": database})) as parts:
        yield parts
