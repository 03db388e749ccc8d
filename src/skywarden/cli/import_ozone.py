"""`skywarden import ozone`: take an Ozone's place with everything that it holds."""

import os
from pathlib import Path
from typing import Annotated

import typer

_SOURCE = typer.Argument(help="postgresql://USER:PASSWORD@HOST/NAME of the Ozone [default: OZONE_DB_POSTGRES_URL].")
_SCHEMA = typer.Option(help="Schema of its tables [default: OZONE_DB_POSTGRES_SCHEMA, else public].")
_DISAGREES = 1

import_app = typer.Typer(help="Move in from another service.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(import_app, name="import")


@import_app.callback()
def group() -> None:
    """Move in from another service."""


@import_app.command()
def ozone(
    source: Annotated[str, _SOURCE] = "",
    schema: Annotated[str, _SCHEMA] = "",
    config: Annotated[Path | None, typer.Option(help="TOML file with our settings.")] = None,
    data: Annotated[str | None, typer.Option(help="Our data folder [default: .data].")] = None,
    database: Annotated[
        str | None, typer.Option(help="Our database's URL [default: SQLite in the data folder].")
    ] = None,
) -> None:
    """Copy events, statuses, labels, reports, queues, team, sets, templates, settings and safe links of an Ozone.

    Reads the Ozone's database and never writes to it; stop the Ozone first, so that nothing is added meanwhile. Ids of
    events and reports, numbers and signatures of labels stay what they were. When it is broken off, run it again: it
    goes on where it was. At the end both sides are counted; exit code 1 when they differ.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
    from rich.table import Table

    from skywarden.app.backend import open_own_database
    from skywarden.app.ozone_import import import_ozone, open_ozone
    from skywarden.kernel.clock import SystemClock
    from skywarden.kernel.errors import Rejected
    from skywarden.kernel.ids import Did
    from skywarden.settings import load_settings

    environment = {name: value for name, value in os.environ.items() if name != "OZONE_DB_POSTGRES_URL"}
    settings = load_settings(config, environment, {"data": data, "database.url": database})
    url = source or os.environ.get("OZONE_DB_POSTGRES_URL", "")
    if not url:
        raise Rejected("no_source", expected="the URL of the Ozone's database", hint="see --help")
    if not settings.labeler.did:
        raise Rejected("no_did", expected="the DID that signs its labels", hint="set labeler.did or OZONE_SERVER_DID")
    theirs, ours = open_ozone(url), open_own_database(settings)
    columns = (TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            tasks: dict[str, TaskID] = {}

            def progress(table: str, done: int, total: int) -> None:
                if table not in tasks:
                    tasks[table] = bar.add_task(table, total=total)
                bar.update(tasks[table], completed=done)

            place = schema or os.environ.get("OZONE_DB_POSTGRES_SCHEMA", "") or "public"
            counts = import_ozone(theirs, place, ours, Did(settings.labeler.did), SystemClock().now_us(), progress)
    finally:
        theirs.close()
        ours.close()
    table = Table("table", "Ozone", "here", "")
    for count in counts:
        table.add_row(count.table, f"{count.theirs:,}", f"{count.ours:,}", "" if count.agrees else "differs")
    Console().print(table)
    if not all(count.agrees for count in counts):
        raise typer.Exit(_DISAGREES)
