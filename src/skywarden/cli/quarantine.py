"""`skywarden quarantine`: list, show and retry the inputs that could not become events."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help must not import Arrow
    from skywarden.log.sqlite import SqliteLog
    from skywarden.settings import Settings

_DATA = typer.Option(help="Data folder [default: .data].")
_CONFIG = typer.Option(help="TOML file with settings.")
_NUMBERS = typer.Argument(help="Numbers from `list`; none: all that are not resolved.")
_PREVIEW_BYTES = 512


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List, show and retry the inputs that could not become events.", no_args_is_help=True)
    group.command("list")(list_entries)
    group.command("show")(show)
    group.command("retry")(retry)
    app.add_typer(group, name="quarantine")


def list_entries(
    data: Annotated[str | None, _DATA] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    after: Annotated[int, typer.Option(help="Only numbers above this one.")] = 0,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
) -> None:
    """List quarantined inputs: number, time, source, position, size, reason."""
    log = _open_log(data, config)
    try:
        for stored in log.quarantined(limit=limit, after=after, unresolved_only=not everything):
            entry = stored.entry
            state = "" if stored.resolved_us is None else "  resolved"
            typer.echo(
                f"{stored.number}  {_time_text(entry.time_us)}  {entry.source}  {entry.position}  "
                f"{len(entry.data)} B  {entry.reason}{state}"
            )
    finally:
        log.close()


def show(
    number: Annotated[int, typer.Argument(help="Number from `list`.")],
    data: Annotated[str | None, _DATA] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Write the bytes to stdout, and nothing else.")] = False,
) -> None:
    """Show one quarantined input with its reason and its first bytes."""
    from skywarden.ingest.quarantine import find_entries

    log = _open_log(data, config)
    try:
        stored = next(iter(find_entries(log, [number])))
    finally:
        log.close()
    if raw:
        sys.stdout.buffer.write(stored.entry.data)
        return
    entry = stored.entry
    typer.echo(f"number    {stored.number}{'' if stored.resolved_us is None else ' (resolved)'}")
    typer.echo(f"source    {entry.source}\nposition  {entry.position}\ntime      {_time_text(entry.time_us)}")
    typer.echo(f"reason    {entry.reason}\ndetail    {entry.detail}\nbytes     {len(entry.data)}")
    for at in range(0, min(len(entry.data), _PREVIEW_BYTES), 16):
        line = entry.data[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in line)
        typer.echo(f"{at:08x}  {line.hex(' '):<47}  {text}")


def retry(
    numbers: Annotated[list[int] | None, _NUMBERS] = None,
    data: Annotated[str | None, _DATA] = None,
    config: Annotated[Path | None, _CONFIG] = None,
) -> None:
    """Decode the stored bytes again and append what is good now; stop `skywarden up` first.

    Exit code 1 when something stays in the quarantine.
    """
    from skywarden.app.data_folder import DataFolder
    from skywarden.app.quarantine_retry import retry_quarantine

    settings = _settings(data, config)
    results = asyncio.run(retry_quarantine(settings, DataFolder(Path(settings.data)), numbers or []))
    for result in results:
        typer.echo(
            f"{result.number}  {f'stays: {result.reason}' if result.reason else f'{result.rows} events appended'}"
        )
    left = sum(bool(result.reason) for result in results)
    typer.echo(f"{len(results) - left} resolved, {left} left", err=True)
    if left:
        raise typer.Exit(1)


def _settings(data: str | None, config: Path | None) -> "Settings":
    from skywarden.settings import load_settings

    return load_settings(config, os.environ, {"data": data})


def _open_log(data: str | None, config: Path | None) -> "SqliteLog":
    """The log for reading, beside a running platform too."""
    from skywarden.app.data_folder import DataFolder
    from skywarden.log.sqlite import SqliteLog

    return SqliteLog(DataFolder(Path(_settings(data, config).data)).log, writable=False)


def _time_text(time_us: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time_us / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
