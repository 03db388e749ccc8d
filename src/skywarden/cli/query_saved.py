"""`skywarden query save|saved|run|forget`: questions that are asked again, by their names."""

import os
from pathlib import Path
from typing import Annotated

import typer

from skywarden.cli.query_options import (
    AGAINST,
    CONFIG,
    DATA,
    DATABASE,
    EXPRESSION,
    FORMAT,
    GROUP,
    HISTOGRAM,
    LIMIT,
    ON,
    OUT,
    SHOW,
    SINCE,
    SQL,
    TOP,
    UNTIL,
    Style,
    asking,
    errors_shown,
)

_NAME = typer.Argument(help="Name of the query, unique to its owner.")
_ABOUT = typer.Option(help="What it is for.")
_SHARED = typer.Option("--shared/--private", help="Whether others see it.")
_OWNER = typer.Option(help="DID of the owner [default: the labeler's own].")


def register_saved(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("save")(save)
    group.command("saved")(saved)
    group.command("run")(run)
    group.command("forget")(forget)


def save(
    name: Annotated[str, _NAME],
    expression: Annotated[str, EXPRESSION] = "",
    on: Annotated[list[str] | None, ON] = None,
    since: Annotated[str, SINCE] = "1d",
    until: Annotated[str | None, UNTIL] = None,
    group: Annotated[list[str] | None, GROUP] = None,
    top: Annotated[int, TOP] = 20,
    against: Annotated[str, AGAINST] = "",
    histogram: Annotated[str, HISTOGRAM] = "",
    show: Annotated[list[str] | None, SHOW] = None,
    sql: Annotated[str, SQL] = "",
    limit: Annotated[int, LIMIT] = 50,
    about: Annotated[str, _ABOUT] = "",
    shared: Annotated[bool, _SHARED] = True,
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Keep a query under a name, as `query find` takes it; one of that name is replaced. It is checked, not run.

    Example: skywarden query save 'new domains' --on post.created --group post.domains --against previous
    """
    from skywarden.app.investigate.opening import open_saved, word_lists
    from skywarden.app.investigate.requests import check_request, request_json
    from skywarden.model.investigation import FindRequest
    from skywarden.settings import load_settings

    request = FindRequest(
        condition=expression,
        on=tuple(on or ()),
        since=since,
        until=until or "",
        group=tuple(group or ()),
        top=top,
        against=against,
        histogram=histogram,
        show=tuple(show or ()),
        sql=sql,
        limit=limit,
    )
    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    with errors_shown():
        check_request(request, word_lists(settings))
    with open_saved(settings) as (queries, did):
        kept = queries.save(did, name, request_json(request), about=about, is_shared=shared)
    typer.echo(f"{kept.name}: run it with: skywarden query run '{kept.name}'")


def saved(
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """List the queries that are kept: one's own and those that are shared."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from skywarden.app.investigate.opening import open_saved
    from skywarden.settings import load_settings

    table = Table("name", "owner", "about", "asks", box=None)
    with open_saved(load_settings(config, os.environ, {"data": data, "database.url": database})) as (queries, did):
        for one in queries.visible(did):
            table.add_row(*map(Text, (one.name, one.owner, one.about, one.request_json)))
    Console().print(table)


def run(
    name: Annotated[str, _NAME],
    owner: Annotated[str | None, _OWNER] = None,
    style: Annotated[Style, FORMAT] = "table",
    out: Annotated[Path | None, OUT] = None,
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Run a query that is kept, on what is held now."""
    from skywarden.app.investigate.opening import open_saved
    from skywarden.app.investigate.requests import read_request
    from skywarden.kernel.ids import Did
    from skywarden.settings import load_settings

    with open_saved(load_settings(config, os.environ, {"data": data, "database.url": database})) as (queries, did):
        kept = queries.named(did, name, Did(owner) if owner else None)
    with asking(data, config, database, style, out) as ask:
        ask.find(read_request(kept.request_json))


def forget(
    name: Annotated[str, _NAME],
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Forget a query that is kept."""
    from skywarden.app.investigate.opening import open_saved
    from skywarden.settings import load_settings

    with open_saved(load_settings(config, os.environ, {"data": data, "database.url": database})) as (queries, did):
        queries.delete(did, name)
    typer.echo(f"{name}: forgotten")
