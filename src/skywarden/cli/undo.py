"""`skywarden undo`: take back what a rule did, say beforehand what that means, put it back again."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help must import neither SQL nor HTTP
    from skywarden.app.backend import Backend
    from skywarden.kernel.clock import Clock
    from skywarden.moderation.undo import Preview, Selection, UndoRun, UndoService

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Folder of the embedded database [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")
_RUN = typer.Argument(help="The number of an undo, from `skywarden undo list`.")
_BY = "cli"

undo_app = typer.Typer(help="Take back what a rule did, and put it back again.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(undo_app, name="undo")


@undo_app.callback()
def undo(
    context: typer.Context,
    rule: Annotated[str | None, typer.Option(help="Take back what this rule did.")] = None,
    version: Annotated[str | None, typer.Option(help="Only this version of it.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on, such as 2026-11-23T08:00Z, or 12h ago.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time [default: now].")] = None,
    decision: Annotated[int | None, typer.Option(help="Take back one decision.")] = None,
    run: Annotated[int | None, typer.Option(help="Put back what this undo took back.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    reason: Annotated[str, typer.Option(help="Why; every event of the undo says so.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the work to a running platform.")] = False,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Take back what a rule did, sparing what people confirmed or changed since.

    Prints what would be taken back and spared, and asks. Exit code 1 when the answer is no.
    """
    from skywarden.kernel.errors import Rejected

    if context.invoked_subcommand is not None:
        return
    if sum(given is not None for given in (rule, decision, run)) != 1:
        raise Rejected("what shall be undone?", expected="one of --rule, --decision and --run", hint="undo --help")
    if rule is not None and since is None:
        raise Rejected("since when?", place="--since", expected="the beginning of the period, such as 12h")
    with _opened(config, data, database) as backend:
        service = backend.undo
        begin: Callable[[], UndoRun]
        if run is not None:
            told = service.preview_again(run)
            begin = _putting_back(service, run, reason)
        else:
            asked = _selection(service, backend.clock, rule, version, since, until, decision)
            told = service.preview(asked)
            begin = _taking_back(service, asked, reason)
        _print_preview(told, again=run is not None)
        if dry_run or not (told.total or told.pending or told.looks):
            return
        if not yes and not typer.confirm("Put this back?" if run is not None else "Take this back?"):
            raise typer.Exit(1)
        begun = begin()
        if detach:
            typer.echo(f"undo {begun.id} has begun; see: skywarden undo show {begun.id}")
            return
        _work(backend, begun.id)


@undo_app.command(name="list")
def list_runs(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """List undos, newest first: what, how far, by whom and why."""
    from rich.console import Console
    from rich.table import Table

    from skywarden.cli.moment import time_text

    with _opened(config, data, database) as backend:
        runs = backend.undo.runs(limit)
    table = Table("undo", "what", "state", "settled", "begun", "by", "reason", box=None, pad_edge=False)
    for run in runs:
        settled = f"{run.settled:,} of {run.total:,}"
        table.add_row(
            str(run.id), _what(run), str(run.state), settled, time_text(run.created_us), run.created_by, run.reason
        )
    Console().print(table)


@undo_app.command()
def show(
    run: Annotated[int, _RUN],
    limit: Annotated[int, typer.Option(min=0, help="At most so many decisions.")] = 20,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Show one undo: how its decisions ended by kind, and the first of them."""
    from skywarden.cli.moment import time_text
    from skywarden.cli.undo_words import counts_table, outcome_text

    with _opened(config, data, database) as backend:
        view = backend.undo.run(run)
        items = backend.undo.items(run, limit=limit)
    found = view.run
    ended = "" if found.ended_us is None else f", ended {time_text(found.ended_us)}"
    typer.echo(f"undo {found.id}: {_what(found)}")
    typer.echo(f"{found.state}: {found.settled:,} of {found.total:,}; begun {time_text(found.created_us)}{ended}")
    if found.reason:
        typer.echo(f"because: {found.reason}")
    _print_table(counts_table(view.counts, again=found.puts_back))
    for item in items:
        event = "" if item.event is None else f"  by decision {item.event}"
        said = outcome_text(item.state, item.why, item.kept_by, again=found.puts_back)
        typer.echo(f"{item.decision}  {item.kind}  {said}{event}")


@undo_app.command()
def stop(
    run: Annotated[int, _RUN],
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Let an undo end after the few decisions that it works on; what it did stays done."""
    with _opened(config, data, database) as backend:
        found = backend.undo.stop(run, _BY)
    typer.echo(f"undo {found.id} is stopped at {found.settled:,} of {found.total:,}")


@undo_app.command()
def resume(
    run: Annotated[int, _RUN],
    detach: Annotated[bool, typer.Option("--detach", help="Leave the work to a running platform.")] = False,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Have an undo go on that was stopped, or whose process died."""
    from skywarden.moderation.undo import RunState

    with _opened(config, data, database) as backend:
        if backend.undo.run(run).run.state is not RunState.RUNNING:
            backend.undo.resume(run, _BY)
        if not detach:
            _work(backend, run)


def _selection(
    service: "UndoService",
    clock: "Clock",
    rule: str | None,
    version: str | None,
    since: str | None,
    until: str | None,
    decision: int | None,
) -> "Selection":
    from skywarden.cli.moment import read_moment
    from skywarden.moderation.undo import Selection

    if decision is not None:
        return service.of_decision(decision)
    now_us = clock.now_us()
    since_us = read_moment(since or "", now_us, "--since")
    until_us = now_us if until is None else read_moment(until, now_us, "--until")
    return Selection(rule or "", since_us, until_us, version)


def _taking_back(service: "UndoService", asked: "Selection", reason: str) -> "Callable[[], UndoRun]":
    return lambda: service.take_back(asked, _BY, reason)


def _putting_back(service: "UndoService", run: int, reason: str) -> "Callable[[], UndoRun]":
    return lambda: service.put_back(run, _BY, reason)


def _print_preview(told: "Preview", *, again: bool) -> None:
    from skywarden.cli.moment import time_text
    from skywarden.cli.undo_words import counts_table, outcome_text

    for version in told.live:
        typer.echo(f"version {version} is live and goes on acting; retire it first", err=True)
    typer.echo(f"{told.total:,} decisions of rule {told.selection.rule}")
    if told.pending:
        typer.echo(f"{told.pending:,} proposals wait for a decision and are called off")
    if told.looks:
        typer.echo(f"{told.looks:,} second looks are called off")
    _print_table(counts_table(told.counts, again=again))
    for one in told.examples:
        said = outcome_text(one.state, one.why, one.kept_by, again=again)
        what = f"{one.kind} {one.value}".rstrip()
        typer.echo(f"{one.decision}  {time_text(one.decided_us)}  {what}  {one.uri}  {said}")


def _work(backend: "Backend", run_id: int) -> None:
    """Do the work with a progress bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from skywarden.app.undo import work_off

    columns = (TextColumn("undo {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(str(run_id), total=None)
        run = work_off(backend, run_id, lambda now: bar.update(task, completed=now.settled, total=now.total))
    typer.echo(f"undo {run.id} is {run.state}: {run.settled:,} of {run.total:,}; see: skywarden undo show {run.id}")


def _what(run: "UndoRun") -> str:
    from skywarden.cli.moment import time_text

    asked = run.selection
    if run.of_run is not None:
        return f"puts back undo {run.of_run} of rule {asked.rule}"
    if asked.decision is not None:
        return f"decision {asked.decision} of rule {asked.rule}"
    version = "" if asked.version is None else f" {asked.version}"
    return f"rule {asked.rule}{version}, {time_text(asked.since_us)} to {time_text(asked.until_us)}"


def _print_table(table: object) -> None:
    from rich.console import Console

    Console().print(table)


@contextmanager
def _opened(config: Path | None, data: str | None, database: str | None) -> "Iterator[Backend]":
    """The configured database, which must be there, and what stands on it."""
    from skywarden.app.backend import open_backend
    from skywarden.app.stored import open_stored
    from skywarden.observe.logs import configure_logs
    from skywarden.settings import load_settings

    configure_logs()
    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    with open_stored(settings):
        pass
    server = settings.server
    backend = open_backend(settings, server.public_url or f"http://{server.host}:{server.port}")
    try:
        yield backend
    finally:
        backend.close()
