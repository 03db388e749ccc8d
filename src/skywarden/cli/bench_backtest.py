"""`skywarden bench backtest`: how many events of history a second rules are run over."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from skywarden.bench.backtest import RuleSetFigures

_EVENTS = typer.Option(help="Length of the history; it is made once and kept in ~/.cache/skywarden.", min=1_000)
_CORES = typer.Option(help="Cores, and workers.", min=1)


def backtest(events: Annotated[int, _EVENTS] = 10_000_000, cores: Annotated[int, _CORES] = 2) -> None:
    """Run the 100 reference rules and the shipped ones over a month on disk; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec

    from skywarden.bench.backtest import measure_backtest

    typer.echo("The first run makes the history: ten minutes and 3 GB for ten million events.", err=True)
    figures = measure_backtest(events, cores=cores)
    _show("reference", figures.reference)
    _show("shipped", figures.shipped)
    typer.echo(msgspec.json.encode(figures).decode())


def _show(name: str, found: "RuleSetFigures") -> None:
    typer.echo(
        f"{found.rules} {name} rules: {found.events_per_s:,.0f} events/s, of which {found.run_per_s:,.0f}/s are run; "
        f"{found.hits:,} hits of {found.hit_rules} rules; {found.cpu_us:.2f} us of processor time an event run, "
        f"{100 * found.read_share:.0f}% of it reading; {found.rss_mb:,.0f} MB"
    )
