"""`skywarden bench features`: how fast and how large the memory of stateful functions is."""

from typing import Annotated

import typer

_OPERATIONS = typer.Option(help="Operations that are measured, of each function.", min=10_000)
_KEYS = typer.Option(help="Keys that one window holds, for its memory.", min=1_000)


def features(operations: Annotated[int, _OPERATIONS] = 400_000, keys: Annotated[int, _KEYS] = 10_000_000) -> None:
    """Run every stateful function over one stream, beside Python dicts; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec

    from skywarden.bench.features import measure_features

    figures = measure_features(operations, keys)
    typer.echo(f"{'count in dicts':<16}{figures.dict_count_ops_per_s:>12,.0f} operations/s")
    for name, rate in figures.ops_per_s.items():
        typer.echo(f"{name:<16}{rate:>12,.0f} operations/s {figures.ratios[name]:>6.1f} x dicts")
    typer.echo(
        f"{figures.many_keys:,} keys: {figures.many_keys_rss_mb:,.0f} MB, at most {figures.many_keys_peak_mb:,.0f}"
    )
    typer.echo(msgspec.json.encode(figures).decode())
