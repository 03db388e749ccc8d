"""`skywarden simulate`: serve a fake network with ground truth, or write a recording of one."""

from pathlib import Path
from typing import Annotated

import typer

from skywarden.simulator.config import SimulatorConfig, parse_faults

_SEED = typer.Option(help="Decides every account, key and act.")
_RATE = typer.Option(help="Events a second.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    data: Annotated[Path, typer.Option(help="Folder of the network; a network in it goes on.")] = Path(
        ".data/simulator"
    ),
    out: Annotated[Path | None, typer.Option(help="Write a recording to this file instead of serving.")] = None,
    events: Annotated[int, typer.Option(help="Frames of the recording.")] = 10_000,
    seed: Annotated[int, _SEED] = 1,
    rate: Annotated[float, _RATE] = 50.0,
    people: Annotated[int, typer.Option(help="Ordinary accounts.")] = 2_000,
    abuse_share: Annotated[float, typer.Option(help="Share of abusive acts in the live stream, 0 to 1.")] = 0.12,
    strength: Annotated[float, typer.Option(help="Multiplies how much an abusive campaign does.")] = 1.0,
    backlog_minutes: Annotated[float, typer.Option(help="Simulated time before the stream goes live.")] = 30.0,
    backlog_events: Annotated[int, typer.Option(help="Events of that time.")] = 4_000,
    retained_frames: Annotated[int, typer.Option(help="Frames that can be replayed.")] = 100_000,
    fault: Annotated[list[str] | None, typer.Option(help="NAME=PROBABILITY: gaps, duplicates, ...")] = None,
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on; 0 takes a free one.")] = 2_470,
) -> None:
    """Serve a fake network: PLC directory, hosts, AppView, relay, and the truth about its abusers."""
    config = SimulatorConfig(
        seed=seed,
        rate=rate,
        people=people,
        abuse_share=abuse_share,
        strength=strength,
        backlog_minutes=backlog_minutes,
        backlog_events=backlog_events,
        retained_frames=retained_frames,
        faults=parse_faults(fault or []),
    )
    if out is not None:
        _record(config, out, events)
    else:
        _serve(config, data, host, port)


def _record(config: SimulatorConfig, out: Path, events: int) -> None:
    from rich.progress import Progress

    from skywarden.simulator.recording import record

    with Progress() as bar:
        task = bar.add_task(f"Recording to {out.name}", total=events)
        made = record(config, out, events, progress=lambda frames: bar.update(task, completed=frames))
    typer.echo(f"{made.frames} frames, {made.abusive} abusive operations:")
    for path in made.files:
        typer.echo(f"  {path}")


def _serve(config: SimulatorConfig, data: Path, host: str, port: int) -> None:
    import asyncio

    from skywarden.kernel.clock import SystemClock
    from skywarden.simulator.serve import Address, Simulator, listen, run, say_ready

    listener = listen(Address(host, port))
    asyncio.run(run(Simulator(config, data, SystemClock()), listener, say_ready))
