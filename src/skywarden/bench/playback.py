"""Play a simulated network that was made before, at a steady rate: `python -m skywarden.bench.playback`.

Its directory, hosts and AppView answer as they do live; nothing is signed while it plays, so that what it takes of the
machine is the sending alone.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.faults import FaultPlan
from skywarden.simulator.journal import Journal
from skywarden.simulator.moments import HOUR_US
from skywarden.simulator.opening import open_network
from skywarden.simulator.recording import RECORDING_LIVE_US
from skywarden.simulator.relay import Relay
from skywarden.simulator.routes import SimulatorRoutes
from skywarden.simulator.serve import STORE_NAME, Address, listen, say_ready
from skywarden.simulator.sqlite import SimulatorStore

_TICK_S = 0.005
_SLICE = 500
_FOREVER_US = UtcMicros(RECORDING_LIVE_US + 100_000 * HOUR_US)


def made_network(config: SimulatorConfig, frames: int, progress: Callable[[int], None]) -> Path:
    """The folder of a network that lived for so many frames; made when it is not there yet, once a machine."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skywarden" / "networks"
    folder = root / f"seed{config.seed}-people{config.people}-rate{config.rate:g}-frames{frames}"
    if not folder.exists():
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was broken off
        partial.mkdir(parents=True)
        _live(config, partial, frames, progress)
        partial.rename(folder)
    return folder


def _live(config: SimulatorConfig, folder: Path, frames: int, progress: Callable[[int], None]) -> None:
    network = open_network(config, SimulatorStore(folder / STORE_NAME, retained_frames=frames), RECORDING_LIVE_US)
    made = 0
    while made < frames:
        wanted = min(_SLICE, frames - made)
        made += len(network.advance(_FOREVER_US, enough=wanted.__le__))
        progress(made)
    network.close()


async def _publish(store: SimulatorStore, journal: Journal, relay: Relay, rate: float) -> None:
    """Let the relay have frames at the rate, from the moment that somebody listens."""
    while not relay.subscribers:  # noqa: ASYNC110 - the relay tells nobody that a subscriber came
        await asyncio.sleep(_TICK_S)
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    while journal.newest_seq < store.newest_seq():
        due = int((loop.time() - start_s) * rate) - journal.newest_seq
        if due > 0:
            journal.publish(store.frames_from(journal.newest_seq + 1, due))
        await asyncio.sleep(_TICK_S)


async def _serve(config: SimulatorConfig, folder: Path, rate: float) -> None:
    store = SimulatorStore(folder / STORE_NAME, retained_frames=config.retained_frames)
    network = open_network(config, store, RECORDING_LIVE_US)
    journal, faults = Journal(store, newest_seq=0), FaultPlan(config.seed, config.faults)
    relay = Relay(journal, faults)
    app = Starlette(routes=SimulatorRoutes(network, journal, relay, faults).routes())
    sock = listen(Address(port=0))
    options = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws_per_message_deflate=False)
    serving = asyncio.create_task(uvicorn.Server(options).serve(sockets=[sock]))
    say_ready(sock.getsockname()[1])
    await _publish(store, journal, relay, rate)
    await serving


def main() -> int:
    """Run from the command line, for the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the network")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--network-rate", type=float, required=True, help="rate at which the network was made")
    parser.add_argument("--rate", type=float, required=True, help="frames a second")
    given = parser.parse_args()
    config = played_config(given.seed, given.people, given.network_rate)
    asyncio.run(_serve(config, given.data, given.rate))
    return 0


def played_config(seed: int, people: int, rate: float) -> SimulatorConfig:
    """A network without a past: it lives at `rate` from its first moment."""
    return SimulatorConfig(
        seed=seed, rate=rate, people=people, backlog_minutes=0.0, backlog_events=0, retained_frames=2**31
    )


if __name__ == "__main__":
    sys.exit(main())
