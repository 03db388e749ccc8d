"""The job that moves what is new into the warehouse, and lets go of what is old.

Retry and crash: each step of it is one commit. Two writers: the job's lease, and the warehouse's lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from skywarden.app.jobs.job_set import threaded
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log.contract import Log
from skywarden.model.log_history import LogHistory
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.observe.catalog import WAREHOUSE_BYTES, WAREHOUSE_ROWS, WAREHOUSE_SEGMENTS, WAREHOUSE_WAITING
from skywarden.observe.metrics import Metrics
from skywarden.warehouse.compaction import Compaction
from skywarden.warehouse.days import DAY_US
from skywarden.warehouse.retention import expire

NAME = "warehouse"
DOES = "moves new events, hits, effects, decisions and labels into the warehouse, and merges its segments"

LOG_ROWS, SQL_ROWS = 65_536, 10_000
"""Rows of one run: about a second's work, so that the end of the process need not wait for it."""

LOG_MARGIN = 1_000_000
"""Rows of the log that stay however old they are: a restart replays from the oldest snapshot of the engine."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the job works on, and for how many days the rows of each table stay (0: for ever)."""

    compaction: Compaction
    log: Log
    days: Mapping[str, int]
    log_days: int
    clock: Clock
    metrics: Metrics


def warehouse_job(keeping: Keeping, every_s: float) -> Job:
    """Runs again at once while there is more than one run takes over, or something to merge."""
    compaction, metrics = keeping.compaction, keeping.metrics

    def compact(_turn: Turn) -> Ran:
        done = compaction.step(LOG_ROWS, SQL_ROWS)
        for table, rows in done.rows.items():
            metrics.add(WAREHOUSE_ROWS, rows, table=table)
        expire(compaction.store, keeping.days, keeping.clock.now_us())
        drop_old_log(keeping)
        _measure(compaction, metrics)
        full = done.rows["event"] == LOG_ROWS or max(done.rows.values()) >= SQL_ROWS // 2
        return Ran(done.total, more=full or done.merged > 0)

    return Job(NAME, every_s, DOES, threaded(compact), pending=lambda: compaction.waiting()["event"])


def idle_warehouse_job(why: str) -> Job:
    """The job where it cannot run."""
    return Job(NAME, 60.0, DOES, threaded(lambda _turn: Ran()), idle=why)


def drop_old_log(keeping: Keeping) -> int:
    """Drop what is old and in the warehouse from the log; return how many rows."""
    if not keeping.log_days:
        return 0
    log = keeping.log
    since_us = UtcMicros(keeping.clock.now_us() - keeping.log_days * DAY_US)
    held = keeping.compaction.store.manifest().cursor("event")
    border = min(int(LogHistory(log).offset_at(since_us)), held, int(log.end_offset()) - LOG_MARGIN)
    return log.drop_before(Offset(border)) if border > log.start_offset() else 0


def _measure(compaction: Compaction, metrics: Metrics) -> None:
    segments = compaction.store.manifest().segments
    metrics.set(WAREHOUSE_SEGMENTS, len(segments))
    metrics.set(WAREHOUSE_BYTES, sum(one.bytes for one in segments))
    for table, rows in compaction.waiting().items():
        metrics.set(WAREHOUSE_WAITING, rows, table=table)
