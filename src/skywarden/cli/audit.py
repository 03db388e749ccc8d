"""`skywarden audit`: check the chain of changes, show its newest rows."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Folder of the embedded database [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")
_BROKEN = 1

audit_app = typer.Typer(help="Check and show the log of every change.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit_app, name="audit")


@audit_app.command()
def verify(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Recompute the hash chain of every change: exit code 0 when it is whole, 1 with the first row that is not."""
    from skywarden.app.stored import open_stored
    from skywarden.kernel.errors import Broken
    from skywarden.moderation.audit import verify_audit
    from skywarden.settings import load_settings

    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        try:
            count = verify_audit(db)
        except Broken as error:
            typer.echo(f"the audit log is not whole: {error}", err=True)
            raise typer.Exit(_BROKEN) from error
    typer.echo(f"{count} changes, every hash in its place")


@audit_app.command(name="list")
def list_changes(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
    target: Annotated[str | None, typer.Option(help="Only what changed this: a DID, a URI, a name.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this DID, rule or job did.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
) -> None:
    """Print the newest changes first, one JSON object a line: who did what to which target, before and after."""
    from skywarden.app.stored import open_stored
    from skywarden.atproto.syntax.datetime import datetime_text
    from skywarden.moderation.audit import recent_changes
    from skywarden.settings import load_settings

    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        for row in recent_changes(db, limit, target=target, actor=actor):
            change = row.change
            typer.echo(
                json.dumps(
                    {
                        "number": row.number,
                        "at": datetime_text(row.at_us),
                        "actor": change.actor,
                        "action": change.action,
                        "target": change.target,
                        "change": json.loads(change.change_json),
                    },
                    ensure_ascii=False,
                )
            )
