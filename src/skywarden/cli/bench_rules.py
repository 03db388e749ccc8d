"""`skywarden bench rules`: how many events a second run through 100 rules."""

from typing import Annotated

import typer

_EVENTS = typer.Option(help="Length of the history in posts; it is made once and kept in the temporary folder.", min=1)
_CORES = typer.Option(help="Cores, and threads of the engine.", min=1)
_ROUNDS = typer.Option(help="Rounds; the figure is their median.", min=1)
_CHECK = typer.Option("--check", help="Compare the hits on a sample with the naive interpreter's.")
_PROFILE = typer.Option("--profile", help="Show the time that each kind of operator took.")


def rules(
    events: Annotated[int, _EVENTS] = 1_000_000,
    cores: Annotated[int, _CORES] = 2,
    rounds: Annotated[int, _ROUNDS] = 5,
    check: Annotated[bool, _CHECK] = False,
    profile: Annotated[bool, _PROFILE] = False,
) -> None:
    """Run 100 reference rules over a history of posts; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from skywarden.bench.rules import measure_rules

    typer.echo("The first run makes the history and compiles kernels: a minute or two.", err=True)
    report = measure_rules(events, cores=cores, rounds=rounds, check=check)
    if profile:
        table = Table("operator", "ns an event", "share")
        total, within = report.engine_s, sum(report.operators.values())
        listed = sorted(report.operators.items(), key=lambda item: -item[1])
        for name, seconds in (*listed, ("all operators", within), ("the engine besides", total - within)):
            table.add_row(name, f"{1e9 * seconds / events / rounds:,.0f}", f"{100 * seconds / total:.1f} %")
        Console().print(table)
    figures = report.figures
    typer.echo(f"{figures.events_per_s:,.0f} events/s on {cores} cores, {figures.hits:,} hits of {figures.rules} rules")
    if check:
        typer.echo(f"the naive interpreter agrees: {figures.checked_hits} hits in {figures.checked} events")
    typer.echo(msgspec.json.encode(figures).decode())
