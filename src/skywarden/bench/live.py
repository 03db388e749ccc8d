"""Measure how long it takes from an event's arrival until its effects are durable, while console and API are served.

The whole platform runs as its user starts it, in a process of its own with the default rule set; a feeder plays a
simulated relay at a steady rate, and a client keeps asking for pages and labels. The figures are the platform's own
metric `skywarden_engine_effect_seconds`: for each chunk of events the time since its first event arrived, so that no
event waited longer.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from skywarden.bench.child import Child, running
from skywarden.bench.playback import made_network, played_config
from skywarden.kernel.errors import Broken
from skywarden.observe.catalog import ENGINE_EFFECT_SECONDS, ENGINE_EFFECTS, ENGINE_EVENTS

WARM_UP_S = 5.0
"""Not measured: caches fill and the first look-ups are made."""

PEOPLE = 5_000
PAGES = ("/", "/metrics", "/xrpc/_health", "/xrpc/com.atproto.label.queryLabels?uriPatterns=*")
ASKS_PER_S = 20.0


Samples = dict[tuple[str, str], float]


class LiveFigures(msgspec.Struct, frozen=True):
    """What was measured. Units: events and requests a second, milliseconds, 10^6 bytes.

    `cpu_us_per_event`: processor time of the platform's process, pages and labels included; it tells more than the
    times where the machine is shared.
    """

    offered_events_per_s: float
    events_per_s: float
    seconds: float
    chunks: int
    effects: int
    p50_ms: float
    p99_ms: float
    requests_per_s: float
    request_p99_ms: float
    cpu_us_per_event: float
    rss_mb: float


@dataclass(slots=True)
class _Asked:
    """What the client saw while it measured."""

    seconds: list[float] = field(default_factory=list)


def frames_wanted(rate: float, seconds: float) -> int:
    """How many frames a measurement plays."""
    return int(rate * (WARM_UP_S + seconds + 1))


def measure_live(rate: float, seconds: float, seed: int, progress: Callable[[int], None]) -> LiveFigures:
    """Run the platform on `rate` events a second. Raises: Broken, when it ends or takes in nothing."""
    network = made_network(played_config(seed, PEOPLE, rate), frames_wanted(rate, seconds), progress)
    arguments = {"--data": network, "--seed": seed, "--people": PEOPLE, "--network-rate": rate, "--rate": rate}
    words = [str(part) for pair in arguments.items() for part in pair]
    with (
        running("skywarden.bench.playback", *words) as relay,
        tempfile.TemporaryDirectory() as data,
        _platform(int(relay.ready["port"]), data) as platform,
    ):
        return asyncio.run(_watch(platform, rate, seconds))


@contextmanager
def _platform(port: int, data: str) -> Iterator[Child]:
    """`skywarden up` with what its user would give it for this network."""
    where = ["--plc-url", f"http://127.0.0.1:{port}", "--appview-url", f"http://127.0.0.1:{port}", "--allow-loopback"]
    source = ["--source", f"ws://127.0.0.1:{port}", "--start", "oldest", *where]
    with running("skywarden.cli.main", "up", "--json", "--data", data, "--port", "0", *source) as platform:
        yield platform


async def _watch(platform: Child, rate: float, seconds: float) -> LiveFigures:
    """Warm up, then read the platform's metrics before and after the measured stretch."""
    async with httpx.AsyncClient(base_url=str(platform.ready["url"]), timeout=10.0) as client:
        await client.post(str(platform.ready["sign_in"]), headers={"origin": str(platform.ready["url"])})
        await _until_it_flows(client)
        await asyncio.sleep(WARM_UP_S)
        asked = _Asked()
        asking = asyncio.create_task(_ask(client, asked))
        before, start_s, start_cpu_s = await _samples(client), time.monotonic(), platform.cpu_s()
        await asyncio.sleep(seconds)
        after, took_s, cpu_s = await _samples(client), time.monotonic() - start_s, platform.cpu_s() - start_cpu_s
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    gained = {key: value - before.get(key, 0.0) for key, value in after.items()}
    buckets = _buckets(gained)
    if not buckets or buckets[-1][1] == 0:
        raise Broken("bench live: no chunk of events became durable in the measured time; see the platform's log above")
    asked.seconds.sort()
    return LiveFigures(
        offered_events_per_s=rate,
        events_per_s=round(gained[ENGINE_EVENTS.name, ""] / took_s, 1),
        seconds=round(took_s, 1),
        chunks=int(buckets[-1][1]),
        effects=int(gained.get((ENGINE_EFFECTS.name, ""), 0.0)),
        p50_ms=_quantile_ms(buckets, 0.5),
        p99_ms=_quantile_ms(buckets, 0.99),
        requests_per_s=round(len(asked.seconds) / took_s, 1),
        request_p99_ms=round(1e3 * asked.seconds[int(0.99 * (len(asked.seconds) - 1))], 1),
        cpu_us_per_event=round(1e6 * cpu_s / max(gained[ENGINE_EVENTS.name, ""], 1.0), 1),
        rss_mb=round(platform.rss_mb(), 1),
    )


async def _until_it_flows(client: httpx.AsyncClient) -> None:
    while not (await _samples(client))[ENGINE_EVENTS.name, ""]:  # noqa: ASYNC110 - another process has no event
        await asyncio.sleep(0.2)


async def _ask(client: httpx.AsyncClient, asked: _Asked) -> None:
    """Read pages and labels steadily, until cancelled."""
    number = 0
    while True:
        start_s = time.monotonic()
        (await client.get(PAGES[number % len(PAGES)])).raise_for_status()
        asked.seconds.append(time.monotonic() - start_s)
        number += 1
        await asyncio.sleep(max(0.0, 1 / ASKS_PER_S - asked.seconds[-1]))


async def _samples(client: httpx.AsyncClient) -> Samples:
    """Every sample of /metrics: (name, upper bound of its bucket) -> the sum over its other labels."""
    found: Samples = defaultdict(float)
    for family in text_string_to_metric_families((await client.get("/metrics")).text):
        for sample in family.samples:
            found[sample.name, sample.labels.get("le", "")] += sample.value
    return found


def _buckets(gained: Samples) -> list[tuple[float, float]]:
    """Upper bounds in seconds and cumulative counts of the latency histogram."""
    name = ENGINE_EFFECT_SECONDS.name + "_bucket"
    return sorted((float(bound), count) for (found, bound), count in gained.items() if found == name)


def _quantile_ms(buckets: list[tuple[float, float]], share: float) -> float:
    """The upper bound of the bucket that holds the quantile: the true one is below it."""
    wanted = share * buckets[-1][1]
    return round(1e3 * next(bound for bound, count in buckets if count >= wanted), 1)
