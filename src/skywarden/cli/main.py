"""Join the commands of this folder into the `skywarden` program."""

import sys
from collections.abc import Callable

import typer

from skywarden import __version__
from skywarden.cli import (
    audit,
    backfill,
    bench,
    docs,
    doctor,
    explain,
    import_ozone,
    ingest,
    jobs,
    kernels,
    label,
    quarantine,
    query,
    queue,
    replay,
    rules,
    search,
    serve,
    simulate,
    team,
    undo,
    up,
    warehouse,
)
from skywarden.kernel.errors import Broken, Rejected, Retryable

app = typer.Typer(
    name="skywarden",
    help="Trust & Safety platform for AT Protocol networks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = (
    up.register,
    serve.register,
    doctor.register,
    ingest.register,
    backfill.register,
    quarantine.register,
    jobs.register,
    search.register,
    queue.register,
    rules.register,
    undo.register,
    explain.register,
    replay.register,
    query.register,
    label.register,
    team.register,
    audit.register,
    import_ozone.register,
    warehouse.register,
    simulate.register,
    bench.register,
    kernels.register,
    docs.register,
)
"""Each command file's `register`, in the order that --help shows."""


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    """Trust & Safety platform for AT Protocol networks."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


for register in COMMANDS:
    register(app)


def main() -> None:
    """Run the program; errors of ours end in one clear line and exit code 2 (bad input) or 3 (ours or the world's)."""
    try:
        app()
    except Rejected as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except (Retryable, Broken) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(3)


if __name__ == "__main__":
    main()
