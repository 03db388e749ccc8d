"""Fill a database, serve it in a process of its own, load it over 16 connections and read what that takes."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from skywarden.bench.api.connection import Connection
from skywarden.bench.api.lines import PASSWORD, Line, lines_of
from skywarden.bench.api.people import People
from skywarden.bench.api.seed import LABELS, fill
from skywarden.bench.api.subscribers import FanOutFigures, measure_fan_out
from skywarden.bench.child import Child, running
from skywarden.bench.labels import replay
from skywarden.kernel.errors import Broken

_CONNECTIONS = 16
_WARM_UP_S = 0.5
_REPORTERS = 16
SERVICE = "did:web:bench.example"

Told = Callable[[str], None]
"""Told what is being done."""


class LineFigures(msgspec.Struct, frozen=True):
    """One kind of request; `gain` is the reference's processor time over ours."""

    name: str
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    gain: float | None


class ReplayFigures(msgspec.Struct, frozen=True):
    """A replay of the stored labels to one subscriber; `cpu_us` is the server's processor time a label."""

    labels: int
    labels_per_s: float
    cpu_us: float


class ApiFigures(msgspec.Struct, frozen=True):
    """The whole measurement."""

    database: str
    subjects: int
    events: int
    lines: list[LineFigures]
    replay: ReplayFigures
    fan_out: FanOutFigures
    rss_mb: float


def measure_api(folder: Path, database: str, seconds: float, events: int, told: Told) -> ApiFigures:
    """Measure every line for `seconds`; `database` "" is a SQLite file in `folder`, which is made.

    Raises: Broken, when the server answers anything but 200.
    """
    told("Filling the database")
    seeded = fill(folder, database, SERVICE, events, told)
    return asyncio.run(_measure(folder, database, seconds, seeded, told))


async def _measure(folder: Path, database: str, seconds: float, seeded: tuple[int, int], told: Told) -> ApiFigures:
    people = People(_REPORTERS)
    async with people.directory() as directory:
        config = folder / "bench.toml"
        config.write_text(_settings(folder, database, directory))
        with running("skywarden.cli.main", "serve", "--json", "--config", str(config)) as server:
            host, _, port = str(server.ready["url"]).removeprefix("http://").rpartition(":")
            lines = []
            for line in lines_of(people, SERVICE):
                told(line.name)
                lines.append(await _measure_line(server, host, int(port), line, seconds))
            told("subscribeLabels replay")
            rate, cpu_us = await replay(f"http://{host}:{port}", server, 1, LABELS)
            told("subscribeLabels live to 50")
            fan_out = await measure_fan_out(server, host, int(port))
            return ApiFigures(
                database=database.partition(":")[0] or "sqlite",
                subjects=seeded[0],
                events=seeded[1],
                lines=lines,
                replay=ReplayFigures(LABELS, round(rate), round(cpu_us, 2)),
                fan_out=fan_out,
                rss_mb=round(server.rss_mb(), 1),
            )


def _settings(folder: Path, database: str, directory: str) -> str:
    """The server's TOML: Basic is allowed, nobody is held back."""
    sections: dict[str, dict[str, object]] = {
        "server": {"port": 0},
        "database": {"url": database},
        "network": {"plc_url": directory, "allow_loopback": True},
        "api": {"admin_password": PASSWORD, "requests_per_minute": 0, "reports_per_minute": 0},
        "labeler": {"did": SERVICE},
    }
    text = f"data = {msgspec.json.encode(str(folder)).decode()}\n"
    for name, values in sections.items():
        text += f"[{name}]\n" + "".join(
            f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in values.items()
        )
    return text


async def _measure_line(server: Child, host: str, port: int, line: Line, seconds: float) -> LineFigures:
    connections = [await Connection.open(host, port) for _ in range(_CONNECTIONS)]
    numbers = iter(range(10**9))
    await _load(connections, line, numbers, _WARM_UP_S)
    cpu_s, began = server.cpu_s(), time.perf_counter()
    took = sorted(await _load(connections, line, numbers, seconds))
    passed, used = time.perf_counter() - began, server.cpu_s() - cpu_s
    for connection in connections:
        connection.close()
    cpu_ms = used / len(took) * 1e3
    return LineFigures(
        name=line.name,
        requests_per_s=round(len(took) / passed, 1),
        p50_ms=round(took[len(took) // 2] * 1e3, 2),
        p99_ms=round(took[len(took) * 99 // 100] * 1e3, 2),
        cpu_ms=round(cpu_ms, 3),
        gain=None if line.reference_ms is None else round(line.reference_ms / cpu_ms, 1),
    )


async def _load(connections: list[Connection], line: Line, numbers: Iterator[int], seconds: float) -> list[float]:
    until = time.perf_counter() + seconds
    took: list[float] = []

    async def work(connection: Connection) -> None:
        while (began := time.perf_counter()) < until:
            status, body = await connection.send(line.make(next(numbers)))
            if status != 200:
                raise Broken(f"bench api: {line.name}: status {status}: {body[:300].decode(errors='replace')}")
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(work(connection) for connection in connections))
    return took
