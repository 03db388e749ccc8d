"""`skywarden bench features`: how many operations a second each stateful function does, and what a key takes."""

from typing import Annotated

import typer

_OPERATIONS = typer.Option(help="Operations of each function.", min=1)


def features(operations: Annotated[int, _OPERATIONS] = 1_000_000) -> None:
    """Measure the memory of every stateful function on one core; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from skywarden.bench.features import measure_features

    typer.echo("The first run compiles kernels: half a minute or so.", err=True)
    figures = measure_features(operations)
    table = Table("function", "operations/s", "keys", "bytes a key")
    for one in figures.functions:
        table.add_row(one.function, f"{one.operations_per_s:,.0f}", f"{one.keys:,}", f"{one.bytes_per_key:,.0f}")
    Console().print(table)
    typer.echo(f"signatures of texts: {figures.signed_texts_per_s:,.0f}/s")
    typer.echo(msgspec.json.encode(figures).decode())
