"""`skywarden bench api`: what the moderation API and the label stream do, and what they cost."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

_DATABASE = typer.Option(help="An empty PostgreSQL or MariaDB database [default: a SQLite file of its own].")


def api(
    database: Annotated[str, _DATABASE] = "",
    seconds: Annotated[float, typer.Option(help="How long each line is measured.", min=0.5)] = 5.0,
    events: Annotated[int, typer.Option(help="Moderation events in the database.", min=1)] = 50_000,
) -> None:
    """Load the API over 16 connections, then the label stream; the last line is JSON.

    Processor time is the server's own; `gain` compares it with the reference service's on a machine like ours.
    """
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from skywarden.bench.api import measure_api

    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder, console.status("") as status:
        figures = measure_api(Path(folder), database, seconds, events, status.update)
    table = Table("request", "requests/s", "p50 ms", "p99 ms", "CPU ms", "gain")
    for line in figures.lines:
        gain = "" if line.gain is None else f"{line.gain:g} x"
        table.add_row(
            line.name,
            f"{line.requests_per_s:,.0f}",
            f"{line.p50_ms:.2f}",
            f"{line.p99_ms:.2f}",
            f"{line.cpu_ms:.3f}",
            gain,
        )
    Console(width=100).print(table)
    replay, fan_out = figures.replay, figures.fan_out
    typer.echo(f"replay: {replay.labels_per_s:,.0f} labels/s, {replay.cpu_us:g} us of processor time a label")
    typer.echo(
        f"live to {fan_out.subscribers}: p50 {fan_out.p50_ms:g} ms, p99 {fan_out.p99_ms:g} ms from the call, "
        f"{fan_out.lost} lost, {fan_out.cpu_ms:g} ms of processor time a label"
    )
    typer.echo(msgspec.json.encode(figures).decode())
