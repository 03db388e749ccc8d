"""`skywarden doctor`: look at an installation and say what to mend."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="The data folder [default: .data].")
_COLOURS = {"fine": "green", "unset": "dim", "doubtful": "yellow", "wrong": "bold red"}
_ILL = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no other machine.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding.")] = False,
) -> None:
    """Check keys, DID document, database, rules, clock and every configured service, and say what to mend.

    Changes nothing. Exit code 0 when nothing is wrong, 1 when something is.
    """
    import msgspec
    from rich.console import Console
    from rich.markup import escape

    from skywarden.app.doctor import Verdict, examine
    from skywarden.settings import load_settings

    console, ill = Console(highlight=False, soft_wrap=True), False
    for finding in examine(load_settings(config, os.environ, {"data": data}), offline=offline):
        ill |= finding.verdict is Verdict.WRONG
        if as_json:
            typer.echo(json.dumps(msgspec.to_builtins(finding)))
            continue
        colour = _COLOURS[finding.verdict.value]
        console.print(f"[{colour}]{finding.verdict.value:8}[/] {finding.part:14} {escape(finding.says)}")
        if finding.mend:
            console.print(f"{'':23} [dim]{escape(finding.mend)}[/]")
    if ill:
        raise typer.Exit(_ILL)
