"""The relay replays by cursor, follows live, refuses the future, and does not wait for the slow."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from simulated import LIVE_US, SMALL
from skywarden.atproto.frames import ErrorMessage, InfoMessage, Message, UnknownMessage, parse_frame
from skywarden.kernel.clock import ManualClock
from skywarden.simulator.config import FaultKind, SimulatorConfig
from skywarden.simulator.relay import Relay
from skywarden.simulator.serve import Simulator

CONFIG = replace(SMALL, people=60, backlog_minutes=5.0, backlog_events=400)


@dataclass
class Stage:
    """A simulator that lives only when told to, and where it listens."""

    simulator: Simulator
    clock: ManualClock
    url: str

    def live(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.simulator.tick()

    def subscribe(self, cursor: object = None) -> connect:
        query = "" if cursor is None else f"?cursor={cursor}"
        return connect(f"{self.url}/xrpc/com.atproto.sync.subscribeRepos{query}", max_size=None, close_timeout=0.2)

    async def reluctant(self) -> ClientConnection:
        """A subscriber without room for more than a few frames, that does not read for now."""
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        narrow.setblocking(False)
        host, _, port = self.url.removeprefix("ws://").partition(":")
        await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
        url = f"{self.url}/xrpc/com.atproto.sync.subscribeRepos"
        return await connect(url, sock=narrow, max_size=None, max_queue=1, close_timeout=0.2, ping_interval=None)


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    """Serve an app on a free port of loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    config = uvicorn.Config(app, log_level="error", lifespan="off", ws_per_message_deflate=False, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve(sockets=[listener]))
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving


@asynccontextmanager
async def stage(folder: Path, config: SimulatorConfig = CONFIG, max_lag: int | None = None) -> AsyncIterator[Stage]:
    clock = ManualClock(LIVE_US)
    simulator = Simulator(config, folder, clock)
    simulator.tick()
    app = simulator.app
    if max_lag is not None:
        relay = Relay(simulator.journal, simulator.faults, max_lag_frames=max_lag)
        app = Starlette(routes=[WebSocketRoute("/xrpc/com.atproto.sync.subscribeRepos", relay.subscribe)])
    async with listening(app) as address:
        yield Stage(simulator, clock, f"ws://{address}")
    simulator.close()


async def receive(connection: ClientConnection, count: int) -> list[Message]:
    async with asyncio.timeout(20):
        frames = [await connection.recv() for _ in range(count)]
    return [parse_frame(frame) for frame in frames if isinstance(frame, bytes)]


def seqs(messages: list[Message]) -> list[int]:
    return [message.seq for message in messages if not isinstance(message, InfoMessage | ErrorMessage | UnknownMessage)]


async def test_cursor_0_replays_everything_that_is_kept_then_follows_live(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.subscribe(0) as connection:
        newest = here.simulator.journal.newest_seq
        replayed = await receive(connection, newest)
        here.live(2)
        fresh = await receive(connection, here.simulator.journal.newest_seq - newest)

    assert seqs(replayed) == list(range(1, newest + 1))
    assert seqs(fresh) == list(range(newest + 1, newest + 1 + len(fresh)))
    assert len(fresh) > 50


async def test_a_cursor_goes_on_after_the_frame_it_names(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.subscribe(100) as connection:
        assert seqs(await receive(connection, 3)) == [101, 102, 103]


async def test_without_a_cursor_only_what_is_new_comes(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.subscribe() as connection:
        newest = here.simulator.journal.newest_seq
        await (await connection.ping())
        here.live(1)
        assert seqs(await receive(connection, 1)) == [newest + 1]


async def test_many_subscribers_get_the_same_bytes(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, asyncio.TaskGroup() as group:

        async def read() -> list[object]:
            async with here.subscribe(0) as connection:
                return [await connection.recv() for _ in range(300)]

        tasks = [group.create_task(read()) for _ in range(8)]
    assert all(task.result() == tasks[0].result() for task in tasks)


async def test_a_cursor_from_the_future_is_told_so_and_closed(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.subscribe(10**9) as connection:
        (message,) = await receive(connection, 1)
        with pytest.raises(ConnectionClosed):
            await connection.recv()

    assert isinstance(message, ErrorMessage)
    assert message.error == "FutureCursor"


async def test_a_cursor_older_than_what_is_kept_is_told_so_and_gets_all_of_it(tmp_path: Path) -> None:
    config = replace(CONFIG, retained_frames=500, rate=1_000.0)
    async with stage(tmp_path, config) as here:
        here.live(2.5)
        oldest = here.simulator.journal.oldest_seq
        async with here.subscribe(5) as connection:
            note, *messages = await receive(connection, 4)
        async with here.subscribe(0) as connection:
            from_the_start = await receive(connection, 1)

    assert oldest > 1_000
    assert isinstance(note, InfoMessage)
    assert note.name == "OutdatedCursor"
    assert seqs(messages) == [oldest, oldest + 1, oldest + 2]
    assert seqs(from_the_start) == [oldest]


async def test_a_cursor_that_is_no_number_is_a_bad_request(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        for cursor in ("-1", "x", "1.5", str(2**53)):
            with pytest.raises(InvalidStatus) as refusal:
                await here.subscribe(cursor).__aenter__()
            assert refusal.value.response.status_code == 400


async def test_a_subscriber_that_stops_reading_is_dropped_and_others_are_not(tmp_path: Path) -> None:
    config = replace(CONFIG, rate=2_000.0)
    async with stage(tmp_path, config, max_lag=500) as here, here.subscribe(0) as quick:
        await receive(quick, here.simulator.journal.newest_seq)
        slow = await here.reluctant()
        for _ in range(6):
            before = here.simulator.journal.newest_seq
            here.live(0.2)
            await receive(quick, here.simulator.journal.newest_seq - before)
        last = await last_word(slow)

    assert isinstance(last, ErrorMessage)
    assert last.error == "ConsumerTooSlow"


async def last_word(connection: ClientConnection) -> Message | None:
    """Read until the other side closes; give the last message."""
    last: Message | None = None
    with suppress(ConnectionClosed):
        async for frame in connection:
            assert isinstance(frame, bytes)
            last = parse_frame(frame)
    return last


async def test_a_disconnect_fault_cuts_the_line_and_a_reconnect_goes_on(tmp_path: Path) -> None:
    config = replace(CONFIG, faults={FaultKind.DISCONNECTS: 0.01})
    seen: list[int] = []
    cuts = 0
    async with stage(tmp_path, config) as here:
        newest = here.simulator.journal.newest_seq
        while not seen or seen[-1] < newest:
            async with here.subscribe(seen[-1] if seen else 0) as connection:
                try:
                    while not seen or seen[-1] < newest:
                        seen += seqs(await receive(connection, 1))
                except ConnectionClosed:
                    cuts += 1
        report = here.simulator.faults.report()

    assert seen == list(range(1, newest + 1))
    assert cuts > 3
    assert report["disconnects"]["sent"] in (cuts, cuts + 1)


async def test_what_a_subscriber_says_is_ignored(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.subscribe(0) as connection:
        await connection.send("hello")
        await connection.send(b"\x00")
        assert seqs(await receive(connection, 2)) == [1, 2]
