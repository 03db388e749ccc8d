"""`skywarden bench live`: how long an event takes until its effects are durable, on the whole platform."""

from typing import Annotated

import typer


def live(
    rate: Annotated[float, typer.Option(help="Events a second.", min=1.0)] = 5_000.0,
    seconds: Annotated[float, typer.Option(help="How long to measure, after the warm-up.", min=1.0)] = 15.0,
    seed: Annotated[int, typer.Option(help="Seed of the simulated network.")] = 1,
) -> None:
    """Run the whole platform on a steady stream: from an event's arrival to durable effects; the last line is JSON."""
    import msgspec
    from rich.progress import Progress

    from skywarden.bench.live import frames_wanted, measure_live

    with Progress(transient=True) as bar:
        task = bar.add_task("Recording the stream (once a machine)", total=frames_wanted(rate, seconds))
        figures = measure_live(rate, seconds, seed, lambda frames: bar.update(task, completed=frames))
    took = f"half durable in {figures.p50_ms:g} ms, 99% in {figures.p99_ms:g} ms"
    cost = f"{figures.cpu_us_per_event:g} us of processor time an event, {figures.rss_mb:g} MB"
    typer.echo(f"{figures.events_per_s:,.0f} events/s: {took}; {cost}")
    typer.echo(f"{figures.requests_per_s:g} requests/s beside them: 99% answered in {figures.request_p99_ms:g} ms")
    typer.echo(msgspec.json.encode(figures).decode())
