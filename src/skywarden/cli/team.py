"""`skywarden team`: who may moderate, and as what."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help must not import SQL
    from skywarden.kernel.ids import Did
    from skywarden.moderation.desk.team import TeamMember, TeamService
    from skywarden.settings import Settings

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Folder of the embedded database [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")
_DID = typer.Argument(help="DID of the account.")

team_app = typer.Typer(help="Show and change who may moderate. A running platform sees it within a second.")


class RoleName(StrEnum):
    """Roles by short name."""

    admin = "admin"
    moderator = "moderator"
    triage = "triage"
    verifier = "verifier"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(team_app, name="team", no_args_is_help=True)


@team_app.command(name="list")
def list_members(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """List every member in the order in which they joined, one a line: DID, role, state, handle."""
    with _team(config, data, database) as team:
        for member in team.members():
            typer.echo(_line(member))


@team_app.command()
def add(
    did: Annotated[str, _DID],
    role: Annotated[RoleName, typer.Option(help="What the account may do.")] = RoleName.moderator,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Make an account a member; one that is a member gets the role, and may work again if it was disabled."""
    from skywarden.model.team import Role

    known, given = _parsed(did), Role[role.name.upper()]
    with _team(config, data, database) as team:
        if team.role_of(known) is None:
            member = team.add(known, given, _by())
        else:
            member = team.update(known, _by(), role=given, disabled=False)
    typer.echo(_line(member))


@team_app.command()
def disable(
    did: Annotated[str, _DID],
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Let a member do nothing any more, and keep them in the list; `team add` lets them work again."""
    known = _parsed(did)
    with _team(config, data, database) as team:
        typer.echo(_line(team.update(known, _by(), disabled=True)))


@team_app.command()
def remove(
    did: Annotated[str, _DID],
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Take an account out of the team; those whom the settings list come back at the next start."""
    known = _parsed(did)
    with _team(config, data, database) as team:
        team.delete(known, _by())
    typer.echo(f"{did}  removed")


@team_app.command()
def link(
    did: Annotated[str | None, typer.Argument(help="DID of a member [default: the local administrator].")] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Make a link that signs a member in to the console, once and within an hour."""
    from skywarden.app.stored import open_stored
    from skywarden.kernel.clock import SystemClock
    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.desk import open_desk
    from skywarden.settings import load_settings

    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    labeler = _labeler(settings)
    who = _parsed(did) if did else labeler
    with open_stored(settings) as db:
        desk = open_desk(db, SystemClock(), labeler)
        if who != labeler and desk.team.role_of(who) is None:
            expected = "a member of the team"
            raise Rejected("MemberNotFound", place=who, expected=expected, hint="see: skywarden team list")
        token = desk.sessions.make_link(who)
    server = settings.server
    origin = server.public_url or f"http://{server.host}:{server.port}"
    typer.echo(f"{origin}/sign-in/link/{token}")


@contextmanager
def _team(config: Path | None, data: str | None, database: str | None) -> Iterator["TeamService"]:
    from skywarden.app.stored import open_stored
    from skywarden.kernel.clock import SystemClock
    from skywarden.moderation.desk.team import TeamService
    from skywarden.settings import load_settings

    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    with open_stored(settings) as db:
        yield TeamService(db, SystemClock(), _labeler(settings))


def _labeler(settings: "Settings") -> "Did":
    """The labeler's DID, from the settings or as the platform remembered it."""
    from skywarden.app.data_folder import DataFolder
    from skywarden.kernel.ids import Did

    remembered = DataFolder(Path(settings.data)).label_key.parent / "labeler.did"
    known = remembered.read_text(encoding="utf-8").strip() if remembered.exists() else ""
    return Did(settings.labeler.did or known)


def _parsed(did: str) -> "Did":
    from skywarden.atproto.syntax.did import parse_did

    return parse_did(did)


def _by() -> "Did":
    """Who did it, in the audit: whoever may run this program here."""
    from skywarden.kernel.ids import Did

    return Did("cli")


def _line(member: "TeamMember") -> str:
    state = "disabled" if member.disabled else "enabled"
    return "  ".join([member.did, member.role.name.lower(), state, member.handle or ""]).rstrip()
