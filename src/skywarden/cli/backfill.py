"""`skywarden backfill`: fetch whole repositories, for what was written before the stream was listened to."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:  # --help must not import Arrow
    from skywarden.app.backfill import BackfillSummary
    from skywarden.ingest.backfill.run import BackfillCounts
    from skywarden.settings import Settings

_PDS = typer.Option(help="URL of a PDS: all its accounts, or with --dids those, fetched from it.")
_RELAY = typer.Option(help="URL of a relay: all accounts that it lists, each fetched from its own PDS.")
_DIDS = typer.Option(help="File with one DID a line, each fetched from its own PDS.")
_RETRY = typer.Option("--retry-failed", help="Ask again for those that could not be had.")
_FAILED = typer.Option("--list-failed", help="List those that could not be had, and leave.")
_SINCE = typer.Option("--since-rev", help="Ask for what is newer of those that are held, from the list's beginning.")
_VERIFY = typer.Option(help="What an export must stand: full also checks the account's signature.")
_LOOPBACK = typer.Option(help="Let fetches reach loopback (development).")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backfill")(backfill)


def backfill(
    pds: Annotated[str, _PDS] = "",
    relay: Annotated[str, _RELAY] = "",
    dids: Annotated[Path | None, _DIDS] = None,
    retry_failed: Annotated[bool, _RETRY] = False,
    list_failed: Annotated[bool, _FAILED] = False,
    since_rev: Annotated[bool, _SINCE] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Fetch at most so many.")] = None,
    verify: Annotated[Literal["off", "structure", "full"], _VERIFY] = "structure",
    max_mb: Annotated[int, typer.Option(min=1, max=4_000, help="Largest export.")] = 512,
    per_second: Annotated[float, typer.Option(min=0.01, help="Requests a second to one host.")] = 8.0,
    per_host: Annotated[int, typer.Option(min=1, max=64, help="Requests at once to one host.")] = 4,
    data: Annotated[str | None, typer.Option(help="Data folder [default: .data].")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    plc_url: Annotated[str | None, typer.Option(help="PLC directory.")] = None,
    allow_loopback: Annotated[bool | None, _LOOPBACK] = None,
) -> None:
    """Fetch repositories into DATA/history.db; started again it goes on where it was.

    Live rules and backtests do not see it. The last line on stderr is a JSON summary.
    """
    from skywarden.app.backfill import BackfillRequest, run_backfill
    from skywarden.ingest.backfill.export import Strictness
    from skywarden.settings import load_settings

    overrides = {"data": data, "network.plc_url": plc_url, "network.allow_loopback": allow_loopback}
    settings = load_settings(config, os.environ, overrides)
    if list_failed:
        _list_failed(settings)
        return
    request = BackfillRequest(
        settings=settings,
        pds=pds,
        relay=relay,
        dids=dids,
        retry=retry_failed,
        renew=since_rev,
        limit=limit,
        verify=Strictness(verify),
        max_bytes=max_mb * 1_000_000,
        per_s=per_second,
        at_once=per_host,
    )
    with _Screen() as screen:
        summary = asyncio.run(run_backfill(request, screen.show))
    _tell(summary)


def _list_failed(settings: "Settings") -> None:
    from skywarden.app.backfill import list_failures

    for failure in list_failures(settings):
        typer.echo(f"{failure.did}  {failure.reason}  {failure.source}  {_plain(failure.detail)}")


def _tell(summary: "BackfillSummary") -> None:
    import msgspec

    from skywarden.ingest.backfill.state import REASONS

    typer.echo(
        f"{summary.repos:,} repositories, {summary.records:,} records, {summary.megabytes:,.1f} MB "
        f"in {summary.seconds:,.0f} s; {summary.passed:,} answered before, {summary.quarantined:,} inputs quarantined"
    )
    for reason, count in sorted(summary.failed.items(), key=lambda item: -item[1]):
        typer.echo(f"{count:>10,}  {reason}: {REASONS[reason]}")
    typer.echo(msgspec.json.encode(summary).decode(), err=True)


class _Screen:
    """A progress bar on stderr where that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("asking for accounts", total=None)

    def __enter__(self) -> "_Screen":
        self._progress.start()
        return self

    def __exit__(self, *exit_info: object) -> None:
        self._progress.stop()

    def show(self, counts: "BackfillCounts") -> None:
        """Tell how far it is; while the list is still being read its end is not known."""
        elapsed_s = max(self._progress.tasks[0].elapsed or 0.0, 0.001)
        more = "" if counts.is_listed else "+"
        self._progress.update(
            self._task,
            total=counts.listed,
            completed=counts.answered,
            description=f"{counts.answered:,} of {counts.listed:,}{more}, {counts.done / elapsed_s:,.1f}/s, "
            f"{counts.records:,} records, {counts.bytes / 1e6:,.0f} MB, {counts.failed.total():,} failed",
        )


def _plain(text: str) -> str:
    """Text of strangers: one line, no control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
