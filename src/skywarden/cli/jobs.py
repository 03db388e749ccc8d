"""`skywarden jobs`: what runs in the background, how it goes, what waits; run one by hand."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.jobs_open import CONFIG, DATA, DATABASE, opened
from skywarden.cli.jobs_windows import quality, run_window, runs

if TYPE_CHECKING:  # --help must import neither SQL nor HTTP
    from skywarden.app.backend import Backend
    from skywarden.app.jobs.job_set import JobSet
    from skywarden.app.jobs.runner import Outcome

_WINDOW = typer.Option(help="Of a job over the warehouse: only this day (2026-11-22) or hour (2026-11-22T05), in UTC.")
_FORCE = typer.Option("--force", help="With --window: also when this code has done it already.")
_FAILED = 1

jobs_app = typer.Typer(help="Show and run background jobs, and what they must still send.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    jobs_app.command()(runs)
    jobs_app.command()(quality)
    app.add_typer(jobs_app, name="jobs")


@jobs_app.command(name="list")
def list_jobs(
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """List every job: how often it runs, its last and next run, how it goes, how much waits for it."""
    from rich.console import Console
    from rich.table import Table

    from skywarden.app.jobs.overview import overview
    from skywarden.moderation.jobs import JobTable

    with opened(config, data, database) as (backend, jobs):
        now_us = backend.clock.now_us()
        lines = overview(jobs.jobs, JobTable(backend.database), now_us)
    table = Table("job", "every", "last run", "result", "pending", "next", box=None, pad_edge=False)
    for line in lines:
        pending = "" if line.pending is None else f"{line.pending:,}"
        following = "" if line.next_us is None else "now" if line.next_us <= now_us else _time_text(line.next_us)
        last = "never" if line.last_us is None else _time_text(line.last_us)
        table.add_row(line.name, _span(line.every_s), last, f"{line.health}: {line.detail}", pending, following)
    Console().print(table)


@jobs_app.command()
def run(
    name: Annotated[str | None, typer.Argument(help="A job of `skywarden jobs list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every job that is not idle and does end.")] = False,
    once: Annotated[bool, typer.Option("--once", help="One run each, instead of until nothing is left to do.")] = False,
    window: Annotated[str | None, _WINDOW] = None,
    force: Annotated[bool, _FORCE] = False,
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Run a job now, due or not; what another process runs at this moment is left to it.

    Exit code 1 when a job failed.
    """
    from skywarden.kernel.errors import Rejected

    if everything == (name is not None):
        raise Rejected("which job?", expected="the name of a job, or --all", hint="see: skywarden jobs list")
    with opened(config, data, database) as (backend, jobs):
        if window is not None and name is not None:
            typer.echo(run_window(backend, name, window, force=force))
            return
        every = [job.name for job in jobs.jobs if not job.idle and not job.lasting]
        chosen = every if name is None else [jobs.job(name).name]
        failed = asyncio.run(_run_all(backend, jobs, chosen, once=once))
    if failed:
        raise typer.Exit(_FAILED)


@jobs_app.command()
def pending(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """List what other services have not taken yet, and what they refused for good, with their words."""
    from skywarden.app.stored import open_stored
    from skywarden.moderation.pushes import FAILED, WAITING
    from skywarden.moderation.pushes.queue import PushQueue
    from skywarden.settings import load_settings

    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        queue = PushQueue(db)
        pushes, counts = queue.list((FAILED, WAITING), limit), queue.counts()
    for push in pushes:
        state = f"next {_time_text(push.next_us)}" if push.state == WAITING else "FAILED"
        what = f"{push.uri} {push.blob_cid}".rstrip()
        typer.echo(
            f"{push.id}  {push.target}  {push.kind}  {what}  since {_time_text(push.created_us)}  "
            f"{push.attempts} attempts  {state}{f'  {push.last_error}' if push.last_error else ''}"
        )
    for (target, state), number in sorted(counts.items()):
        typer.echo(f"{target}: {number:,} {state}", err=True)


@jobs_app.command()
def retry(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers from `pending`; none: all that failed.")] = None,
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Try failed pushes again, but for those that a later one about the same thing has overtaken."""
    from skywarden.app.stored import open_stored
    from skywarden.kernel.clock import SystemClock
    from skywarden.moderation.pushes.queue import PushQueue
    from skywarden.settings import load_settings

    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        number = PushQueue(db).retry(numbers or [], SystemClock().now_us(), "cli")
    typer.echo(f"{number} will be tried again")


async def _run_all(backend: "Backend", jobs: "JobSet", names: list[str], *, once: bool) -> int:
    """Run the jobs one after the other; return how many failed."""
    from skywarden.app.jobs.runner import JobRunner
    from skywarden.moderation.jobs import JobTable

    table = JobTable(backend.database)
    table.register(jobs.jobs, backend.clock.now_us())
    runner, failed = JobRunner(table, backend.clock, backend.metrics), 0
    try:
        for name in names:
            job = jobs.job(name)
            if job.idle:
                typer.echo(f"{name}: idle: {job.idle}")
                continue
            done, outcome = 0, await runner.run(job, early=True)
            while outcome is not None:
                done += outcome.ran.done
                if once or job.lasting or outcome.error or not outcome.ran.more:
                    break
                outcome = await runner.run(job, early=True)
            failed += bool(outcome is not None and outcome.error)
            typer.echo(f"{name}: {_result(outcome, done)}")
    finally:
        await jobs.aclose()
    return failed


def _result(outcome: "Outcome | None", done: int) -> str:
    if outcome is None:
        return "another process runs it at this moment"
    if not outcome.kept:
        return "took longer than its lease; another process has it now"
    return f"failed: {outcome.error}" if outcome.error else f"{done:,} done"


def _span(seconds: float) -> str:
    """A length of time in its largest whole unit."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _time_text(time_us: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time_us / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
