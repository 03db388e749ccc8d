"""Turn a configuration and a data folder into a running network on one loopback port."""

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from skywarden.kernel.clock import SECOND_US, Clock, SystemClock
from skywarden.kernel.errors import Broken, Rejected, Retryable
from skywarden.simulator.config import SimulatorConfig, parse_faults
from skywarden.simulator.faults import FaultPlan
from skywarden.simulator.journal import Journal
from skywarden.simulator.network import Network
from skywarden.simulator.opening import open_network
from skywarden.simulator.relay import Relay
from skywarden.simulator.routes import SimulatorRoutes
from skywarden.simulator.sqlite import SimulatorStore

STORE_NAME = "simulator.db"
DEFAULT_PORT = 2_470
_TICK_S = 0.04
_SLICE_S = 0.15
_GIVE_UP_US = 5 * SECOND_US
_SHUTDOWN_S = 2


@dataclass(frozen=True, slots=True)
class Address:
    """Where to serve; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT


class Simulator:
    """One network with its server. Two on one data folder: the second is refused."""

    def __init__(self, config: SimulatorConfig, folder: Path, clock: Clock) -> None:
        """Open or found the network. Raises: Broken, Rejected."""
        folder.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        store = SimulatorStore(folder / STORE_NAME, retained_frames=config.retained_frames)
        try:
            self.network: Network = open_network(config, store, clock.now_us())
        except BaseException:  # also an interrupt: nothing may stay half open; it goes on as it came
            store.close()
            raise
        self.journal = Journal(store)
        self.faults = FaultPlan(config.seed, config.faults)
        self.relay = Relay(self.journal, self.faults)
        self.app = Starlette(routes=SimulatorRoutes(self.network, self.journal, self.relay, self.faults).routes())

    async def live(self) -> None:
        """Let the network live with the clock, until cancelled. Works in slices, so that requests are served between.

        A backlog is made as fast as it goes. Where the machine cannot keep the rate, time is skipped, not hoarded.
        """
        while True:
            behind_us = self.tick()
            await asyncio.sleep(0 if behind_us > 0 else _TICK_S)

    def tick(self) -> int:
        """Live up to now, or for a slice of work; give back how far behind the clock that ended."""
        now_us = self._clock.now_us()
        enough_s = self._clock.monotonic_s() + _SLICE_S
        self.journal.publish(self.network.advance(now_us, enough=lambda frames: self._clock.monotonic_s() > enough_s))
        behind_us = now_us - self.network.parts.timeline.next_us
        if behind_us > _GIVE_UP_US and self.network.now_us >= self.network.parts.live_us:
            self.network.skip_to(now_us)
        return behind_us

    def close(self) -> None:
        """Store everything and let go of the folder."""
        self.network.close()


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready and leaves the signals to us."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_SHUTDOWN_S,
        )
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(address: Address) -> socket.socket:
    """Take the port. Raises: Retryable when it is taken or not ours."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: else asyncio sets no TCP_NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
    except OSError as error:
        listener.close()
        place = f"{address.host}:{address.port}"
        raise Retryable(f"{place}: {error.strerror}; stop what uses it or choose another --port") from error
    listener.listen()
    return listener


async def run(simulator: Simulator, listener: socket.socket, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; call `ready` with the port. What was sent is durable at every moment."""
    server = _Server(simulator.app)
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, setattr, server, "should_exit", True)
    living = asyncio.create_task(simulator.live())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    starting = asyncio.create_task(server.ready.wait())
    try:
        await asyncio.wait((living, serving, starting), return_when=asyncio.FIRST_COMPLETED)
        if server.ready.is_set():
            ready(listener.getsockname()[1])
            await asyncio.wait((living, serving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        living.cancel()
        starting.cancel()
        results = await asyncio.gather(living, serving, starting, return_exceptions=True)
        simulator.close()
    for result in results:
        if isinstance(result, Exception):
            raise result


def say_ready(port: int) -> None:
    """Print the line that a supervisor waits for."""
    print(json.dumps({"ready": True, "port": port}), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line, for process supervisors; `skywarden simulate` is the same for people."""
    parser = argparse.ArgumentParser(prog="python -m skywarden.simulator.serve", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=PROBABILITY")
    numbers = [field.name for field in fields(SimulatorConfig) if field.name != "faults"]
    standard = SimulatorConfig()
    for name in numbers:
        default = getattr(standard, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    chosen = vars(parser.parse_args(arguments))
    try:
        config = SimulatorConfig(**{name: chosen[name] for name in numbers}, faults=parse_faults(chosen["fault"]))
        listener = listen(Address(chosen["host"], chosen["port"]))
        asyncio.run(run(Simulator(config, chosen["data"], SystemClock()), listener, say_ready))
    except (Rejected, Retryable, Broken) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
