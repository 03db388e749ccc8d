"""Run a window of a job over the warehouse, list its runs, show how good the data are: parts of `skywarden jobs`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.jobs_open import CONFIG, DATA, DATABASE

if TYPE_CHECKING:  # --help must import neither SQL nor HTTP
    from skywarden.app.backend import Backend


def run_window(backend: "Backend", name: str, when: str, *, force: bool) -> str:
    """Run a job for one hour or day, with a bar of its stages; return what there is to tell. Raises: Rejected."""
    from rich.progress import Progress

    from skywarden.app.detections.jobs import open_runner
    from skywarden.warehouse.jobs.catalog import job_named
    from skywarden.warehouse.jobs.code_version import code_version
    from skywarden.warehouse.jobs.windows import read_window

    job = job_named(name)
    window, runner = read_window(when, job.grain), open_runner(backend)
    if not force and window in runner.lineage.done(job, code_version(job)):
        return f"{name} {when}: done already by this code; --force runs it again"
    with Progress() as bar:
        task = bar.add_task(f"{name} {when}", total=3)
        run = runner.run(job, window, lambda stage: bar.update(task, advance=1, description=f"{name}: {stage}"))
    detail = f"; {run.detail}" if run.detail else ""
    counts = f"{run.rows_in:,} rows in, {run.rows_out:,} out, {run.proposed:,} proposed"
    return f"{name} {when}: {counts}, {run.took_us / 1e6:.1f} s{detail}"


def runs(
    name: Annotated[str, typer.Argument(help="A job over the warehouse.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """List the newest runs of a job over the warehouse: which window, from what, by which code, into how many rows."""
    from rich.console import Console
    from rich.table import Table

    from skywarden.app.stored import open_stored
    from skywarden.settings import load_settings
    from skywarden.warehouse.jobs.catalog import job_named
    from skywarden.warehouse.jobs.lineage import Lineage

    job = job_named(name)
    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        found = Lineage(db).runs(job, limit)
    table = Table("window", "status", "code", "manifest", "rows in", "rows out", "proposed", "took", "detail", box=None)
    for run in found:
        numbers = (f"{run.rows_in:,}", f"{run.rows_out:,}", f"{run.proposed:,}", f"{run.took_us / 1e6:.1f} s")
        versions = f"{run.manifest_in} -> {run.manifest_out}"
        table.add_row(run.window.name, run.status, run.code_version, versions, *numbers, run.detail)
    Console().print(table)


def quality(
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Show the newest outcome of every check of the warehouse's data, those that fail first; exit code 1 when any does.

    `skywarden jobs run data-quality` checks anew.
    """
    from rich.console import Console
    from rich.table import Table

    from skywarden.app.stored import open_stored
    from skywarden.settings import load_settings
    from skywarden.warehouse.jobs.quality_table import QualityTable

    with open_stored(load_settings(config, os.environ, {"data": data, "database.url": database})) as db:
        found = QualityTable(db).all()
    table = Table("table", "check", "item", "outcome", "value", "bound", "detail", box=None)
    for one in found:
        check = one.check
        outcome = "good" if check.is_good else "FAILED"
        table.add_row(
            check.table, check.name, check.item, outcome, f"{check.value:g}", f"{check.bound:g}", check.detail
        )
    Console().print(table)
    if not all(one.check.is_good for one in found):
        raise typer.Exit(1)
