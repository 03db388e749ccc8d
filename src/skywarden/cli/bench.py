"""`skywarden bench`: measure what we publish, on this machine; one subcommand a claim."""

from pathlib import Path
from typing import Annotated

import typer

from skywarden.cli.bench_api import api
from skywarden.cli.bench_backfill import backfill
from skywarden.cli.bench_backtest import backtest
from skywarden.cli.bench_compile import compile_command
from skywarden.cli.bench_detect import detect
from skywarden.cli.bench_features import features
from skywarden.cli.bench_investigate import investigate
from skywarden.cli.bench_labels import labels
from skywarden.cli.bench_live import live
from skywarden.cli.bench_rules import rules
from skywarden.cli.bench_search import search
from skywarden.cli.bench_undo import undo

_FILE = typer.Argument(help="Recording of frames: u32 little-endian length and frame, repeated.", show_default=False)
_ROUNDS = typer.Option(help="Rounds; the figures are their medians.", min=1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    bench = typer.Typer(name="bench", help="Measure published figures on this machine.", no_args_is_help=True)
    bench.callback()(_bench)
    bench.command("decode")(decode)
    bench.command("detect")(detect)
    bench.command("backfill")(backfill)
    bench.command("compile")(compile_command)
    bench.command("features")(features)
    bench.command("investigate")(investigate)
    bench.command("labels")(labels)
    bench.command("live")(live)
    bench.command("rules")(rules)
    bench.command("search")(search)
    bench.command("api")(api)
    bench.command("backtest")(backtest)
    bench.command("undo")(undo)
    app.add_typer(bench)


def _bench() -> None:
    """Measure published figures on this machine."""


def decode(file: Annotated[Path, _FILE], rounds: Annotated[int, _ROUNDS] = 7) -> None:
    """Decode frames by the atproto SDK, the live path and the batch path; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec

    from skywarden.bench.decode import measure_decode

    typer.echo("The first run compiles the batch path: half a minute to a few.", err=True)
    figures = measure_decode(file, rounds=rounds)
    for name in ("sdk", "live", "live_kernels", "batch", "batch_checked"):
        rate = getattr(figures, f"{name}_frames_per_s")
        typer.echo(f"{name:<14}{rate:>12,.0f} frames/s {rate / figures.sdk_frames_per_s:>7.1f} x the SDK")
    typer.echo(msgspec.json.encode(figures).decode())
