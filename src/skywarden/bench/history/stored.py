"""Write a month of events to disk as the warehouse keeps them, once, and open it as history.

Crash: a folder without its truth is not whole, and is made anew.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skywarden.bench.history.events import Month, MonthConfig, cache_folder
from skywarden.bench.reference import history as posts
from skywarden.bench.reference import sets
from skywarden.kernel.clock import SystemClock
from skywarden.model.event import EventBatch
from skywarden.warehouse import SegmentHistory, Store
from skywarden.warehouse.compact_log import stage_events
from skywarden.warehouse.days import DAY_US
from skywarden.warehouse.merge import merge_once
from skywarden.warehouse.tables import EVENT

_TRUTH = "truth.parquet"


@dataclass(frozen=True, slots=True)
class StoredMonth:
    """A month on disk. `folder` is a warehouse; `truth` says who commits what abuse in it (see `abuse.TRUTH`)."""

    folder: Path
    history: SegmentHistory
    truth: pa.Table


def stored_month(config: MonthConfig) -> StoredMonth:
    """The month, made where it is not there yet: some minutes and 2 GB for ten million events."""
    folder = cache_folder() / "months" / _name(config)
    if not (folder / _TRUTH).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write(Month(config), folder)
    return StoredMonth(folder, open_month(folder), pq.read_table(folder / _TRUTH))


def open_month(folder: Path) -> SegmentHistory:
    """The events of a month that is on disk, in any process."""
    return SegmentHistory(Store(folder, SystemClock()))


def _write(month: Month, folder: Path) -> None:
    store = Store(folder, SystemClock())
    for _, batches in groupby(_by_day(month.batches()), key=lambda one: one[0]):
        parts = [batch for _, batch in batches]
        with store.writing() as draft:
            stage_events(draft, pa.Table.from_batches([part.rows for part in parts]), parts[0].base)
            draft.move_cursor(EVENT.name, parts[-1].end)
            draft.commit()
    while merge_once(store):
        pass
    pq.write_table(month.truth(), folder / _TRUTH)


def _by_day(batches: Iterator[EventBatch]) -> Iterator[tuple[int, EventBatch]]:
    """Rows with the day they are of; none of two days together."""
    for batch in batches:
        days = batch.rows.column("time_us").to_numpy() // DAY_US
        edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(batch)]
        for start, stop in pairwise(edges):
            yield int(days[start]), batch.slice(start, stop)


def _name(config: MonthConfig) -> str:
    """Name a month by what decides it: its numbers and the code that makes it."""
    digest = hashlib.sha256(repr(config).encode())
    made_by = [file for file in sorted(Path(__file__).parent.glob("*.py")) if file != Path(__file__)]
    for file in (*made_by, Path(posts.__file__), Path(sets.__file__)):
        digest.update(file.read_bytes())
    return f"{config.events}-{digest.hexdigest()[:12]}"
