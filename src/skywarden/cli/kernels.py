"""`skywarden kernels`: compile the engine's kernels ahead, so that nobody waits for them later."""

import subprocess
import sys
import time
from typing import Annotated

import typer

from skywarden.kernel.errors import Broken

_LANE = typer.Option(help="Compile one part only, in this process.", hidden=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("kernels")(kernels)


def kernels(lane: Annotated[str | None, _LANE] = None) -> None:
    """Compile what the engine runs, once for this machine and version; half a minute the first time.

    What is compiled already is only read back. XDG_CACHE_HOME says where it is kept [default: ~/.cache].
    """
    if lane is not None:
        _compile(lane)
        return
    began = time.monotonic()
    typer.echo("Compiling the engine's kernels, once for this machine.")
    _finish([_start("features"), _start("rules")])
    _finish([_start("all")])
    typer.echo(f"Kernels are compiled ({time.monotonic() - began:.0f} s).")


def _compile(lane: str) -> None:
    # Imported here: numba is slow to load and --help does not need it.
    from skywarden.engine.warm import LANES

    began = time.monotonic()
    for name in LANES[lane]():
        typer.echo(f"{time.monotonic() - began:5.1f} s  {lane}: {name}")


def _start(lane: str) -> "subprocess.Popen[bytes]":
    """Compile a lane in a process of its own, which prints how far it is."""
    return subprocess.Popen([sys.executable, "-m", "skywarden.cli.main", "kernels", "--lane", lane])  # noqa: S603 - ours


def _finish(processes: "list[subprocess.Popen[bytes]]") -> None:
    codes = [process.wait() for process in processes]
    if any(codes):
        raise Broken("kernels: compiling failed; what went wrong is above")
