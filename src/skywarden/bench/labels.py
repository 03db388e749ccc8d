"""Measure the label stream: replay to one, live labels to many, and what one that never reads costs the rest.

The server is `skywarden serve` in a process of its own over the given database; this process asks for labels through
the database, as moderation does, and counts what arrives. Its times are bound by how often the server looks for new
labels; the processor time it takes is the figure that a shared machine leaves alone.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from pathlib import Path

import msgspec
from sqlalchemy import insert

from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.bench.child import Child, running
from skywarden.bench.label_clients import stall, subscribe
from skywarden.kernel.ids import UtcMicros
from skywarden.labels.publish import SEQ_COUNTER
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import LABEL, LABEL_REQUEST

ROUNDS = 3
_CHUNK = 5_000
_LIVE_BATCH, _LIVE_EVERY_S = 20, 0.02
_START_US = 1_700_000_000_000_000
_SOURCE = "did:web:bench.example"


class LabelFigures(msgspec.Struct, frozen=True):
    """What was measured. Units: labels a second, microseconds of the server's processor time, milliseconds, 10^6 bytes.

    `fan_out_cpu_us`: for one label to one subscriber, its signing and storing shared by all. `stalled_p99_ratio`: how
    much later the slowest hundredth arrives while a subscriber does not read.
    """

    database: str
    replay_labels_per_s: float
    replay_cpu_us: float
    subscribers: int
    live_labels_per_s: float
    fan_out_cpu_us: float
    live_p50_ms: float
    live_p99_ms: float
    stalled_p99_ratio: float
    stalled_rss_mb: float


class _Live(msgspec.Struct, frozen=True):
    """One stretch of live labels."""

    labels_per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def measure_labels(url: str, labels: int, subscribers: int, seconds: float) -> LabelFigures:
    """Fill a database with `labels`, serve it, and measure; `url` "" is a SQLite file that is thrown away."""
    with tempfile.TemporaryDirectory() as data:
        url = url or f"sqlite:///{Path(data) / 'labels.db'}"
        db = open_database(url)
        with contextlib.closing(db):
            migrate(db)
            last = fill_labels(db, labels)
            arguments = ["serve", "--json", "--data", data, "--port", "0", "--database", url]
            with running("skywarden.cli.main", *arguments) as server:
                return asyncio.run(_measure(db, server, labels, last, subscribers, seconds))


def fill_labels(db: Database, labels: int) -> int:
    """Store labels that look like real ones but for their signature; return the newest seq."""
    last = 0
    for begin in range(0, labels, _CHUNK):
        count = min(_CHUNK, labels - begin)
        with db.write("bench.fill") as tx:
            first = take_numbers(db, tx, SEQ_COUNTER, count)
            tx.execute(insert(LABEL), [_row(seq) for seq in range(first, first + count)])
        last = first + count - 1
    return last


def _row(seq: int) -> dict[str, object]:
    return {
        "seq": seq,
        "cause": f"bench{seq}",
        "src": _SOURCE,
        "uri": f"at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3k{seq:011}",
        "val": "spam",
        "neg": False,
        "cts": datetime_text(UtcMicros(_START_US + seq * 1_000)),
        "sig": os.urandom(64),
        "signing_key_id": 1,
    }


async def _measure(
    db: Database, server: Child, labels: int, last: int, subscribers: int, seconds: float
) -> LabelFigures:
    url = str(server.ready["url"])
    rounds = [await replay(url, server, last - labels + 1, labels) for _ in range(ROUNDS)]
    rate, cpu_us = sorted(rounds)[len(rounds) // 2]
    alone = await _live(db, url, server, subscribers, seconds)
    before_mb = server.rss_mb()
    stalled = await stall(url)
    beside = await _live(db, url, server, subscribers, seconds)
    grown_mb = server.rss_mb() - before_mb
    stalled.close()
    return LabelFigures(
        database=db.engine.dialect.name,
        replay_labels_per_s=round(rate),
        replay_cpu_us=round(cpu_us, 1),
        subscribers=subscribers,
        live_labels_per_s=round(alone.labels_per_s),
        fan_out_cpu_us=round(alone.cpu_us / subscribers, 1),
        live_p50_ms=alone.p50_ms,
        live_p99_ms=alone.p99_ms,
        stalled_p99_ratio=round(beside.p99_ms / alone.p99_ms, 2),
        stalled_rss_mb=round(grown_mb, 1),
    )


async def replay(url: str, server: Child, first: int, labels: int) -> tuple[float, float]:
    """Labels a second and processor microseconds a label."""
    cpu_s, began_s = server.cpu_s(), time.monotonic()
    subscriber = await subscribe(url, cursor=first)
    await subscriber.until(labels)
    took_s, cpu_s = time.monotonic() - began_s, server.cpu_s() - cpu_s
    subscriber.close()
    return labels / took_s, 1e6 * cpu_s / labels


async def _live(db: Database, url: str, server: Child, subscribers: int, seconds: float) -> _Live:
    """Ask for labels steadily while many listen."""
    listening = [await subscribe(url) for _ in range(subscribers)]
    loop, asked_s = asyncio.get_running_loop(), list[float]()
    cpu_s, began_s = server.cpu_s(), loop.time()
    while loop.time() - began_s < seconds:
        await asyncio.to_thread(_ask, db, _LIVE_BATCH)
        asked_s += [loop.time()] * _LIVE_BATCH
        await asyncio.sleep(_LIVE_EVERY_S)
    await asyncio.gather(*(subscriber.until(len(asked_s)) for subscriber in listening))
    took_s, cpu_s = loop.time() - began_s, server.cpu_s() - cpu_s
    waits = sorted(wait for subscriber in listening for wait in subscriber.waits(asked_s))
    for subscriber in listening:
        subscriber.close()
    return _Live(
        labels_per_s=len(asked_s) / took_s,
        cpu_us=1e6 * cpu_s / len(asked_s),
        p50_ms=round(1e3 * waits[len(waits) // 2], 1),
        p99_ms=round(1e3 * waits[int(0.99 * (len(waits) - 1))], 1),
    )


def _ask(db: Database, count: int) -> None:
    rows = [
        {
            "cause": os.urandom(16).hex(),
            "uri": f"did:plc:{os.urandom(12).hex()}",
            "val": "spam",
            "neg": False,
            "created_us": int(time.time() * 1e6),
        }
        for _ in range(count)
    ]
    with db.write("bench.ask") as tx:
        tx.execute(insert(LABEL_REQUEST), rows)
