"""`skywarden rules releases|promote|demote|retire|history|diff`: which versions of rules act, and how they came to."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.rule_compile import Format

if TYPE_CHECKING:  # imported within: --help must be quick
    from skywarden.app.promotions import Promotions
    from skywarden.kernel.ids import UtcMicros
    from skywarden.moderation.releases import Action
    from skywarden.moderation.releases.overview import ReleaseLine
    from skywarden.settings import Settings
    from skywarden.storage import Database

RELEASES_HELP = """List the versions of rules: state, hits, precision of reviewed shadow hits, last time, author.

live acts, shadow hits without effect until it is promoted, draft waits, retired does nothing any more."""

PROMOTE_HELP = """Let a version go one step on: draft or retired -> shadow, shadow -> live.

Before it acts, its cases must hold and enough of its shadow hits be reviewed (settings `releases.*`); all that is
missing is told at once. The version that acted until then is retired. The platform follows within a second.

Example: skywarden rules promote copy_wave --reason "20 of 20 right" --data .data"""

DEMOTE_HELP = """Put a version one step back: live -> shadow, shadow -> draft. What it did stays done."""
RETIRE_HELP = """End a version: it neither acts nor hits any more. No evidence is asked for."""
HISTORY_HELP = """Show a rule's versions: what changed, who moved them where, with which evidence."""
DIFF_HELP = """Show what differs between two versions of a rule, as a unified diff."""

_WIDTH = 180
"""Of a table that goes to a file or another program: nothing in it is cut."""

RULE = typer.Argument(help="Name of the rule.")
VERSION = typer.Option(help="The version (content hash, or its beginning) where several could be meant.")
REASON = typer.Option(help="Why; kept with the change.")
ACTOR = typer.Option("--as", help="Who does it [default: the name of the system's user].")
CONFIG = typer.Option(help="TOML file with settings.")
DATA = typer.Option(help="Folder of the embedded database [default: .data].")
DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")
FORMAT = typer.Option("--format", help="For people or for programs.")


def register_releases(rules: typer.Typer) -> None:
    """Add the commands to `skywarden rules`."""
    rules.command("releases", help=RELEASES_HELP)(releases)
    rules.command("promote", help=PROMOTE_HELP)(promote)
    rules.command("demote", help=DEMOTE_HELP)(demote)
    rules.command("retire", help=RETIRE_HELP)(retire)
    rules.command("history", help=HISTORY_HELP)(history)
    rules.command("diff", help=DIFF_HELP)(diff)


def releases(
    everything: Annotated[bool, typer.Option("--all", help="Retired versions too.")] = False,
    style: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.kernel.clock import SystemClock
    from skywarden.moderation.releases.overview import overview

    with opened(config, data, database) as (_, db):
        lines = overview(db, SystemClock(), everything=everything)
    if style is Format.JSON:
        typer.echo(_json(lines))
    else:
        _show(lines)


def promote(
    rule: Annotated[str, RULE],
    version: Annotated[str, VERSION] = "",
    reason: Annotated[str, REASON] = "",
    actor: Annotated[str, ACTOR] = "",
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.moderation.releases import Action

    _move(Action.PROMOTE, rule, version, reason, actor, (config, data, database))


def demote(
    rule: Annotated[str, RULE],
    version: Annotated[str, VERSION] = "",
    reason: Annotated[str, REASON] = "",
    actor: Annotated[str, ACTOR] = "",
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.moderation.releases import Action

    _move(Action.DEMOTE, rule, version, reason, actor, (config, data, database))


def retire(
    rule: Annotated[str, RULE],
    version: Annotated[str, VERSION] = "",
    reason: Annotated[str, REASON] = "",
    actor: Annotated[str, ACTOR] = "",
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.moderation.releases import Action

    _move(Action.RETIRE, rule, version, reason, actor, (config, data, database))


def history(
    rule: Annotated[str, RULE],
    diffs: Annotated[bool, typer.Option("--diffs/--no-diffs", help="Show what each version changed.")] = True,
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.kernel.clock import SystemClock
    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.releases import Releases

    with opened(config, data, database) as (_, db):
        changes = Releases(db, SystemClock()).changes(rule)
    if not changes:
        raise Rejected("unknown rule", found=rule, hint="see: skywarden rules releases")
    for change in changes:
        moved = f"{change.was or 'new'} -> {change.now}"
        reason = f": {change.reason}" if change.reason else ""
        typer.echo(f"{_time(change.at_us)}  {change.version}  {moved}  {change.action} by {change.actor}{reason}")
        if change.evidence_json != "{}":
            typer.echo(f"    evidence {change.evidence_json}")
        if diffs and change.diff:
            typer.echo("".join(f"    {line}\n" for line in change.diff.splitlines()), nl=False)


def diff(
    rule: Annotated[str, RULE],
    before: Annotated[str, typer.Argument(help="A version.")],
    after: Annotated[str, typer.Argument(help="Another one.")],
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.kernel.clock import SystemClock
    from skywarden.moderation.releases import Releases

    with opened(config, data, database) as (_, db):
        typer.echo(Releases(db, SystemClock()).diff(rule, before, after))


def _move(
    action: "Action",
    rule: str,
    version: str,
    reason: str,
    actor: str,
    where: tuple[Path | None, str | None, str | None],
) -> None:
    with opened(*where) as (settings, db):
        moved = promotions_of(settings, db).move(rule, action, person(actor), version=version, reason=reason)
    typer.echo(f"{moved.rule} {moved.version}: {moved.was} -> {moved.now}")


def promotions_of(settings: "Settings", db: "Database") -> "Promotions":
    """The moves under the settings' policy."""
    from skywarden.app.promotions import Promotions, policy_of
    from skywarden.kernel.clock import SystemClock

    return Promotions(db, SystemClock(), policy_of(settings.releases))


def person(actor: str) -> str:
    """Who runs the command."""
    return actor or getpass.getuser()


@contextmanager
def opened(config: Path | None, data: str | None, database: str | None) -> "Iterator[tuple[Settings, Database]]":
    """The configured database, which must be there."""
    from skywarden.app.backend import open_own_database
    from skywarden.app.stored import open_stored
    from skywarden.settings import load_settings

    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    with open_stored(settings):
        pass
    db = open_own_database(settings)
    try:
        yield settings, db
    finally:
        db.close()


def _show(lines: "list[ReleaseLine]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "version", "state", "hits", "in shadow", "precision (95%)", "last", "author", box=None)
    for line in lines:
        one = line.version
        counts = (f"{line.hits:,}", f"{line.shadow_hits:,}")
        last = "" if line.last_hit_us is None else _time(line.last_hit_us)
        table.add_row(one.rule, one.version, one.state.value, *counts, line.precision.text(), last, one.author)
    console = Console()
    (console if console.is_terminal else Console(width=_WIDTH)).print(table)
    live = sum(line.version.state.value == "live" for line in lines)
    shadow = sum(line.version.state.value == "shadow" for line in lines)
    typer.echo(f"{live} live, {shadow} in shadow")


def _json(lines: "list[ReleaseLine]") -> str:
    import msgspec

    said = [
        {
            "rule": line.version.rule,
            "version": line.version.version,
            "state": line.version.state.value,
            "author": line.version.author,
            "hits": line.hits,
            "shadow_hits": line.shadow_hits,
            "precision": {
                "right": line.precision.right,
                "wrong": line.precision.wrong,
                "unsure": line.precision.unsure,
                "low": line.precision.share.low,
                "high": line.precision.share.high,
                "kappa": line.precision.kappa,
            },
            "last_hit_us": line.last_hit_us,
        }
        for line in lines
    ]
    return msgspec.json.encode(said).decode()


def _time(micros: "UtcMicros") -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
