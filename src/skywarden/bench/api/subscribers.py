"""Measure how long a label takes from the call of emitEvent to fifty subscribers."""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from skywarden.bench.api.connection import Connection
from skywarden.bench.api.lines import label_request
from skywarden.bench.child import Child
from skywarden.kernel.errors import Broken

_PATH = "/xrpc/com.atproto.label.subscribeLabels"
_SUBSCRIBERS = 50
_LIVE_LABELS = 200
_PACE_S = 0.02
_NAMED = re.compile(rb"live-[a-j]+-end")
_LIMIT_S = 120.0
_PATIENCE_S = 5.0


class FanOutFigures(msgspec.Struct, frozen=True):
    """From the call of emitEvent to the frame at each of the subscribers."""

    subscribers: int
    labels: int
    lost: int
    p50_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(slots=True)
class _Frames(asyncio.Protocol):
    """Counts the messages of one WebSocket; `seen` is shown the bytes as they come."""

    seen: Callable[[bytes], None]
    count: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False
    _rest: bytes = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at = 0
        if not self.opened.is_set():
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            if b" 101 " not in data[:20]:
                raise Broken(f"bench api: no WebSocket: {data[:200]!r}")
            self.opened.set()
            at = end + 4
        at = self._take(data, at)
        self.seen(data[:at])
        self._rest = data[at:]

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True

    def _take(self, data: bytes, at: int) -> int:
        """Count the whole messages from `at` on; return where the first unfinished one begins."""
        size = len(data)
        while at + 2 <= size:
            length, head = data[at + 1] & 0x7F, 2
            if length == 126:
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            if at + head + length > size:
                break
            self.count += 1
            at += head + length
        return at


async def _subscribe(
    host: str, port: int, query: str, seen: Callable[[bytes], None]
) -> tuple[_Frames, asyncio.Transport]:
    transport, frames = await asyncio.get_running_loop().create_connection(lambda: _Frames(seen), host, port)
    transport.write(
        f"GET {_PATH}{query} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n".encode()
    )
    await asyncio.wait_for(frames.opened.wait(), _LIMIT_S)
    return frames, transport


async def measure_fan_out(server: Child, host: str, port: int) -> FanOutFigures:
    """Label at a steady pace while fifty subscribers listen."""
    sent: dict[bytes, float] = {}
    took: list[float] = []
    wanted, all_here = _LIVE_LABELS * _SUBSCRIBERS, asyncio.Event()

    def seen(data: bytes) -> None:
        now = time.perf_counter()
        took.extend(now - sent[name] for name in _NAMED.findall(data))
        if len(took) >= wanted:
            all_here.set()

    subscribers = [await _subscribe(host, port, "", seen) for _ in range(_SUBSCRIBERS)]
    emitter = await Connection.open(host, port)
    cpu_s = server.cpu_s()
    for number in range(_LIVE_LABELS):
        name = "live-" + "".join("abcdefghij"[int(digit)] for digit in f"{number:04}") + "-end"
        sent[name.encode()] = time.perf_counter()
        await _emit(emitter, number, name)
        await asyncio.sleep(_PACE_S)
    with contextlib.suppress(TimeoutError):  # what is not here by then counts as lost
        await asyncio.wait_for(all_here.wait(), _PATIENCE_S)
    used = server.cpu_s() - cpu_s
    emitter.close()
    for _, transport in subscribers:
        transport.close()
    took.sort()
    return FanOutFigures(
        subscribers=_SUBSCRIBERS,
        labels=_LIVE_LABELS,
        lost=wanted - len(took),
        p50_ms=round(took[len(took) // 2] * 1e3, 2),
        p99_ms=round(took[len(took) * 99 // 100] * 1e3, 2),
        cpu_ms=round(used / _LIVE_LABELS * 1e3, 3),
    )


async def _emit(emitter: Connection, number: int, value: str) -> None:
    status, body = await emitter.send(label_request(number, value))
    if status != 200:
        raise Broken(f"bench api: a label was refused: {body[:300].decode(errors='replace')}")
