"""`skywarden queue`: the queues of reports and how full they are; put reports into them by hand."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help must import neither SQL nor HTTP
    from skywarden.app.backend import Backend
    from skywarden.moderation.queues.criteria import Criteria
    from skywarden.moderation.reports.tally import Counts

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Folder of the embedded database [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")

queue_app = typer.Typer(help="Show the queues of reports, and route reports.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(queue_app, name="queue")


@queue_app.command(name="list")
def list_queues(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """List the queues: which reports they take, how many are pending, what came in and was answered in 24 hours."""
    from rich.console import Console
    from rich.table import Table

    from skywarden.moderation.queues.criteria import UNMATCHED
    from skywarden.moderation.reports.tally import Counts

    with _opened(config, data, database) as backend:
        reports = backend.reports
        queues, (counts, _) = reports.queues.queues(), reports.statistics.live_by_queue()
        waiting = reports.router.pending()
    table = Table("id", "queue", "takes", "pending", "in 24 h", "answered", box=None, pad_edge=False)
    for queue in queues:
        name = queue.name if queue.enabled else f"{queue.name} (off)"
        table.add_row(str(queue.id), name, _takes(queue.criteria), *_numbers(counts.get(queue.id, Counts())))
    table.add_row("-1", "in no queue", "", *_numbers(counts.get(UNMATCHED, Counts())))
    Console().print(table)
    typer.echo(f"{waiting:,} not routed yet", err=True)


@queue_app.command()
def route(
    first: Annotated[
        int | None, typer.Option("--from", min=1, help="Reports that no queue took too, from here")
    ] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, help="to here.")] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Put reports into the queues that take them: those not routed yet, or a range of those that are in no queue.

    After making a queue, route the range of the reports that were there before it.
    """
    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.queues.routing import WIDEST_RANGE

    if (first is None) is not (last is None) or (first is not None and last is not None and last < first):
        raise Rejected("bad range", place="--from, --to", expected="both, or neither; --to not before --from")
    with _opened(config, data, database) as backend:
        router = backend.reports.router
        if first is None or last is None:
            done = 0
            while routed := router.route(WIDEST_RANGE):
                done += routed
            typer.echo(f"{done:,} routed")
            return
        assigned = unmatched = 0
        for start in range(first, last + 1, WIDEST_RANGE):
            part = router.route_range(start, min(start + WIDEST_RANGE - 1, last), backend.labels.did)
            assigned, unmatched = assigned + part.assigned, unmatched + part.unmatched
    typer.echo(f"{assigned:,} routed, {unmatched:,} in no queue")


def _takes(criteria: "Criteria") -> str:
    if not criteria.subject_types or not criteria.report_types:
        return "what is put there by hand"
    subjects = ", ".join(sorted(criteria.subject_types))
    reasons = ", ".join(sorted(reason.rpartition("#reason")[2] for reason in criteria.report_types))
    return f"{subjects}{f' of {criteria.collection}' if criteria.collection else ''}: {reasons}"


def _numbers(counts: "Counts") -> tuple[str, str, str]:
    return f"{counts.pending:,}", f"{counts.inbound:,}", f"{counts.actioned:,}"


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
