"""Read a live source until it has given what a test waits for."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.sources.live import LiveSource
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import UtcMicros
from skywarden.observe.metrics import Metrics

NOW = UtcMicros(1_790_000_000_000_000)


@dataclass(slots=True)
class Waits:
    """Notes waits and does not wait."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@dataclass(slots=True)
class Bench:
    """What a source under test is built from."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(at_us=NOW))
    metrics: Metrics = field(default_factory=Metrics)
    waits: Waits = field(default_factory=Waits)


async def read_rows(source: LiveSource, count: int, cursor: str | None = None) -> list[SourceChunk]:
    """Chunks until they hold `count` rows."""
    return await _read(source, cursor, lambda chunks: sum(chunk.rows.num_rows for chunk in chunks) >= count)


async def read_quarantine(source: LiveSource, count: int, cursor: str | None = None) -> list[SourceChunk]:
    """Chunks until `count` messages are in the quarantine."""
    return await _read(source, cursor, lambda chunks: sum(len(chunk.quarantine) for chunk in chunks) >= count)


async def _read(source: LiveSource, cursor: str | None, enough: Any) -> list[SourceChunk]:
    chunks: list[SourceChunk] = []
    # The generator is typed as an iterator; aclosing wants its aclose.
    async with asyncio.timeout(20), aclosing(cast("Any", source.chunks(cursor))) as stream:
        async for chunk in stream:
            chunks.append(chunk)
            if enough(chunks):
                break
    return chunks


def column(chunks: list[SourceChunk], name: str) -> list[Any]:
    """One column over all chunks."""
    return [value for chunk in chunks for value in chunk.rows.column(name).to_pylist()]
