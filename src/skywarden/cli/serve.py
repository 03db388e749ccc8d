"""`skywarden serve`: the moderation API and the label stream alone, without an event stream."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help must not import the platform
    from skywarden.app.server import Started

_CONFIG = typer.Option(help="TOML file with settings; docs/reference/settings.md lists them all.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, typer.Option(help="Folder for keys and the embedded database [.data].")] = None,
    database: Annotated[
        str | None, typer.Option(help="Database URL [default: a SQLite file in the data folder].")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one [default: 8420].")] = None,
    public_url: Annotated[str | None, typer.Option(help="URL under which others reach this server.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as one JSON line on stdout.")] = False,
) -> None:
    """Serve tools.ozone, com.atproto.moderation and com.atproto.label on one database.

    This is what takes the place of an Ozone service: no rules run here, and several such processes may share one
    PostgreSQL or MariaDB. Variables that begin with OZONE_ are understood; docs/reference/settings.md shows which.
    """
    from skywarden.app.serve import serve_api
    from skywarden.observe.logs import configure_logs
    from skywarden.settings import load_settings

    overrides = {
        "data": data,
        "database.url": database,
        "server.host": host,
        "server.port": port,
        "server.public_url": public_url,
    }
    settings = load_settings(config, os.environ, overrides)
    configure_logs()

    def announce(started: "Started") -> None:
        if as_json:
            typer.echo(json.dumps({"ready": True, "url": started.url, "did": started.did, "pid": os.getpid()}))
            return
        typer.echo(f"API      {started.url}/xrpc/")
        typer.echo(f"Service  {started.did}")
        typer.echo("Ctrl-C stops it.")

    serve_api(settings, announce)
