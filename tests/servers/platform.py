"""Run `skywarden up` or `serve` as a user would: a process of its own, settings in the environment, asked over HTTP."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Self

import httpx

import skywarden
from servers.log_rows import RowCounter
from servers.process import Server

_READY_TIMEOUT_S = 60


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Platform:
    """One data folder and the platform that runs on it, now or again after a kill."""

    data: Path
    source: str
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    server: Server | None = None
    counter: RowCounter | None = None
    command: str = "up"
    did: str = ""
    """Who signs, once it is ready."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Spawn it; returns at once."""
        source_root = Path(skywarden.__file__).parent.parent
        environment = {
            "PYTHONPATH": os.pathsep.join([str(source_root), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
            "SKYWARDEN_DATA": str(self.data),
            "SKYWARDEN_SERVER_PORT": str(self.port),
            "SKYWARDEN_SOURCE_URL": self.source,
            "SKYWARDEN_SOURCE_START": "oldest",
            "SKYWARDEN_NETWORK_PLC_URL": "http://127.0.0.1:9",
            "SKYWARDEN_NETWORK_ALLOW_LOOPBACK": "true",
            **self.settings,
        }
        command = [sys.executable, "-m", "skywarden.cli.main", self.command, "--json"]
        self.server = Server.start(command, self.data.with_name(f"{self.data.name}.err"), environment)
        return self

    def wait_ready(self, timeout_s: float = _READY_TIMEOUT_S) -> Self:
        """Wait until it says that it serves."""
        self.did = self.running.ready_line(timeout_s)["did"]
        return self

    @property
    def running(self) -> Server:
        assert self.server is not None, "not started"
        return self.server

    def tail(self) -> str:
        """The end of what it wrote on standard error."""
        return self.running.tail()

    def logged_rows(self) -> int:
        """Rows from the network that are durable in the log; 0 before there is a log."""
        return self._counter().network

    def logged_by_us(self) -> int:
        """Rows of our own making that are durable in the log."""
        return self._counter().own

    def _counter(self) -> RowCounter:
        if self.counter is None:
            self.counter = RowCounter(self.data / "log.db")
        self.counter.look()
        return self.counter

    def metric(self, name: str) -> float:
        """Sum of a metric over its labels, read from /metrics."""
        lines = httpx.get(f"{self.url}/metrics", timeout=10).text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


@contextmanager
def running_platform(platform: Platform) -> Iterator[Platform]:
    """Start it, wait until it is ready, end it with the block."""
    try:
        yield platform.start().wait_ready()
    finally:
        if platform.server is not None:
            platform.server.close()
