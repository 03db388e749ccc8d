"""`skywarden bench backfill`: how fast repositories become stored rows."""

from typing import Annotated

import typer

_PEOPLE = typer.Option(help="Accounts of the simulated network whose exports are read.", min=1)
_RECORDS = typer.Option(help="Records of the one large repository.", min=1)
_ROUNDS = typer.Option(help="Rounds; the figures are their medians.", min=1)


def backfill(
    people: Annotated[int, _PEOPLE] = 300,
    large_records: Annotated[int, _RECORDS] = 20_000,
    rounds: Annotated[int, _ROUNDS] = 3,
) -> None:
    """Read and store many small exports and a large one, by strictness; the last line is JSON."""
    import msgspec

    from skywarden.bench.backfill import measure_backfill

    figures = measure_backfill(people, large_records, rounds)
    typer.echo(f"{figures.small_repos} repositories with {figures.small_records:,} records, by seconds of one core:")
    for name, one in figures.by_strictness.items():
        typer.echo(
            f"  {name:<10}{one.small_repos_per_s:>8,.0f} repositories/s{one.small_records_per_s:>10,.0f} records/s"
            f"{one.large_records_per_s:>10,.0f} records/s of a large one"
        )
    typer.echo(msgspec.json.encode(figures).decode())
