"""Measure how long a label takes from the call of emitEvent to fifty subscribers."""

import asyncio
import contextlib

import msgspec

from skywarden.bench.api.connection import Connection
from skywarden.bench.api.lines import label_request
from skywarden.bench.child import Child
from skywarden.bench.label_clients import subscribe
from skywarden.kernel.errors import Broken

_SUBSCRIBERS = 50
_LABELS = 200
_PACE_S = 0.02
_PATIENCE_S = 5.0


class FanOutFigures(msgspec.Struct, frozen=True):
    """From the call of emitEvent to the frame at each of the subscribers; `cpu_ms` is the server's, a label."""

    subscribers: int
    labels: int
    lost: int
    p50_ms: float
    p99_ms: float
    cpu_ms: float


async def measure_fan_out(server: Child, host: str, port: int) -> FanOutFigures:
    """Label at a steady pace, one call after the other, while fifty subscribers listen.

    Raises: Broken, when a label is refused or none arrives.
    """
    listening = [await subscribe(f"http://{host}:{port}") for _ in range(_SUBSCRIBERS)]
    emitter = await Connection.open(host, port)
    cpu_s = server.cpu_s()
    called_s = [await _label(emitter, number) for number in range(_LABELS)]
    with contextlib.suppress(TimeoutError):  # what is not here by then counts as lost
        await asyncio.wait_for(asyncio.gather(*(one.until(_LABELS) for one in listening)), _PATIENCE_S)
    used_s = server.cpu_s() - cpu_s
    emitter.close()
    for one in listening:
        one.close()
    took = sorted(delay for one in listening for delay in one.waits(called_s))
    if not took:
        raise Broken("bench api: no label reached a subscriber")
    return FanOutFigures(
        subscribers=_SUBSCRIBERS,
        labels=_LABELS,
        lost=_LABELS * _SUBSCRIBERS - len(took),
        p50_ms=round(took[len(took) // 2] * 1e3, 2),
        p99_ms=round(took[len(took) * 99 // 100] * 1e3, 2),
        cpu_ms=round(used_s / _LABELS * 1e3, 3),
    )


async def _label(emitter: Connection, number: int) -> float:
    """Ask for a label and rest for a moment; when it was asked for."""
    called_s = asyncio.get_running_loop().time()
    status, body = await emitter.send(label_request(number, f"live-{'abcdefghij'[number % 10]}"))
    if status != 200:
        raise Broken(f"bench api: a label was refused: {body[:300].decode(errors='replace')}")
    await asyncio.sleep(_PACE_S)
    return called_s
