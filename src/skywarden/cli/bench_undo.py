"""`skywarden bench undo`: how fast what a rule did is taken back."""

from typing import Annotated

import typer

_URL = typer.Option(help="Database to fill; what is made stays in it. Empty: a SQLite file that is thrown away.")


def undo(
    database: Annotated[str, _URL] = "",
    effects: Annotated[int, typer.Option(help="Effects to take back.", min=10)] = 10_000,
) -> None:
    """Decide a rule's effects, then measure the dry run, the undo and its own undo; the last line is JSON."""
    import msgspec

    from skywarden.bench.undo import measure_undo

    figures = measure_undo(database, effects)
    typer.echo(f"dry run {figures.dry_run_effects_per_s:,.0f} effects/s")
    typer.echo(f"undo {figures.undo_effects_per_s:,.0f} effects/s, {figures.undo_cpu_us:g} us of processor time each")
    again = f"{figures.put_back_effects_per_s:,.0f} effects/s, {figures.put_back_cpu_us:g} us each"
    typer.echo(f"its undo {again}; {figures.spared:,} of {figures.effects:,} were spared or gone")
    typer.echo(msgspec.json.encode(figures).decode())
