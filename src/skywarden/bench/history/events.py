"""Make a month of a network's events from a seed: an ordinary crowd, and the simulator's abuse with its truth."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from skywarden.bench.detect.history import HistoryConfig, simulated_history
from skywarden.bench.history.abuse import AbuseCopies, Mixed
from skywarden.bench.history.crowd import Crowd
from skywarden.bench.reference.history import START_US, PostMaker
from skywarden.bench.reference.sets import SEED, make_sets
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, EventBatch

DAYS = 30
BATCH_ROWS = 131_072
ABUSE_SHARE = 0.02
"""Share of events by accounts that commit abuse; of few events half, when one copy of it is more than that."""

_DAY_US = 86_400_000_000
_SOURCE = HistoryConfig(seed=SEED, hours=3.0, people=1_500, rate=3.0, abuse_share=0.3)


@dataclass(frozen=True, slots=True)
class MonthConfig:
    """What a month is made of; `source` is the simulated network whose abuse is copied."""

    events: int
    seed: int = SEED
    days: int = DAYS
    source: HistoryConfig = _SOURCE


class Month:
    """Events in the order of time, `config.events` of them, as a log would hold them."""

    def __init__(self, config: MonthConfig) -> None:
        self.config = config
        end_us = START_US + config.days * _DAY_US
        source = simulated_history(config.source, cache_folder() / "simulated")
        most = config.events // 2
        one = len(AbuseCopies(source, 1, (START_US, end_us), most))
        self._abuse = AbuseCopies(source, max(round(ABUSE_SHARE * config.events / one), 1), (START_US, end_us), most)
        self._times = (START_US, end_us)

    def truth(self) -> pa.Table:
        """Who commits what abuse."""
        return self._abuse.truth()

    def batches(self) -> Iterator[EventBatch]:
        """Every event."""
        config = self.config
        ordinary = max(config.events - len(self._abuse), 0)
        crowd = Crowd(PostMaker(config.events, make_sets(), config.seed), config.seed)
        abuse = Mixed(self._abuse.by_time())
        first_us, end_us = self._times
        step_us = (end_us - first_us) / max(ordinary, 1)
        base = 0
        for start in range(0, ordinary, BATCH_ROWS):
            stop = min(start + BATCH_ROWS, ordinary)
            times = first_us + (step_us * np.arange(start, stop)).astype(np.int64)
            until = end_us + 1 if stop == ordinary else first_us + int(step_us * stop)
            rows = _in_order([crowd.events(times), *abuse.until(until)])
            yield EventBatch(Offset(base), rows)
            base += len(rows)


def cache_folder() -> Path:
    """Where what takes long to make is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skywarden"


def _in_order(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    rows = pa.Table.from_batches(parts, SCHEMA).combine_chunks().to_batches()[0]
    return rows.take(pa.array(np.argsort(rows.column("time_us").to_numpy(), kind="stable")))
