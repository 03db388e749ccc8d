"""`skywarden label setup`: make this labeler one that others find, verify and know the labels of."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

_MISSING = 1

_COLOURS = {"fine": "green", "unset": "dim", "doubtful": "yellow", "wrong": "bold red"}


def setup(
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    data: Annotated[str | None, typer.Option(help="The data folder [default: .data].")] = None,
    did: Annotated[str | None, typer.Option(help="DID of the labeler's account.")] = None,
    public_url: Annotated[str | None, typer.Option(help="URL under which others reach this labeler.")] = None,
    declaration: Annotated[str | None, typer.Option(help="TOML or JSON file of what the labeler declares.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing, ask nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to every change that is shown.")] = False,
    plc_token: Annotated[str, typer.Option(help="Token of the PDS's e-mail, to change the DID document.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a step.")] = False,
) -> None:
    """Check key, DID document and published record step by step, and mend what you agree to.

    Exit code 0 when nothing is missing, 1 when something is; run it again as often as you like. Passwords come from
    SKYWARDEN_LABELER_PASSWORD or are asked for.
    """
    import asyncio

    import msgspec

    from skywarden.app.doctor import Finding, Verdict
    from skywarden.app.label_setup import Wishes, walk
    from skywarden.settings import load_settings

    overrides = {
        "data": data,
        "labeler.did": did,
        "server.public_url": public_url,
        "labeler.declaration": declaration,
    }
    settings = load_settings(config, os.environ, overrides)
    wishes = Wishes(check_only=check, password=settings.labeler.password, plc_token=plc_token)

    def show(finding: Finding) -> None:
        if as_json:
            typer.echo(json.dumps(msgspec.to_builtins(finding)))
            return
        _show(finding.verdict.value, finding.part, finding.says, finding.mend)

    async def run() -> bool:
        complete = True
        async for finding in walk(settings, wishes, _Terminal(asks=sys.stdin.isatty() and not check, agrees=yes)):
            complete &= finding.verdict is not Verdict.WRONG
            show(finding)
        return complete

    if not asyncio.run(run()):
        raise typer.Exit(_MISSING)


def _show(verdict: str, part: str, says: str, mend: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[{_COLOURS[verdict]}]{verdict:8}[/] {part:14} {escape(says)}")
    if mend:
        console.print(f"{'':23} [dim]{escape(mend)}[/]")


class _Terminal:
    """Asks who sits there; where nobody does, agrees to nothing but what `--yes` has agreed to."""

    def __init__(self, *, asks: bool, agrees: bool) -> None:
        self._asks = asks
        self._agrees = agrees

    def say(self, text: str) -> None:
        typer.echo(text, err=True)

    def confirm(self, question: str) -> bool:
        return self._agrees or (self._asks and typer.confirm(question, err=True))

    def ask(self, question: str, *, secret: bool = False) -> str:
        return str(typer.prompt(question, hide_input=secret, err=True)) if self._asks else ""
