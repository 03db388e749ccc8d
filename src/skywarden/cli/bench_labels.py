"""`skywarden bench labels`: how fast labels are replayed and fanned out."""

from typing import Annotated

import typer

_URL = typer.Option(help="Database to fill and serve; its labels stay. Empty: a SQLite file that is thrown away.")


def labels(
    database: Annotated[str, _URL] = "",
    labels: Annotated[int, typer.Option(help="Labels to replay.", min=1)] = 200_000,
    subscribers: Annotated[int, typer.Option(help="Subscribers of the live labels.", min=1)] = 50,
    seconds: Annotated[float, typer.Option(help="How long labels are made live, twice.", min=0.1)] = 5.0,
) -> None:
    """Replay labels to one subscriber, fan live ones out to many, and stall one; the last line is JSON."""
    import msgspec

    from skywarden.bench.labels import measure_labels

    figures = measure_labels(database, labels, subscribers, seconds)
    typer.echo(
        f"replay {figures.replay_labels_per_s:,.0f} labels/s, {figures.replay_cpu_us:g} us of processor time each"
    )
    took = f"half in {figures.live_p50_ms:g} ms, 99% in {figures.live_p99_ms:g} ms"
    typer.echo(f"live {figures.live_labels_per_s:,.0f} labels/s to {figures.subscribers}: {took}")
    typer.echo(f"fan-out {figures.fan_out_cpu_us:g} us of processor time a label and subscriber")
    stalled = f"99% in {figures.stalled_p99_ratio:g} times as long, {figures.stalled_rss_mb:g} MB more"
    typer.echo(f"beside one that never reads: {stalled}")
    typer.echo(msgspec.json.encode(figures).decode())
