"""The job that moves what is new into the warehouse."""

from skywarden.app.jobs.job_set import threaded
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.observe.catalog import WAREHOUSE_BYTES, WAREHOUSE_ROWS, WAREHOUSE_SEGMENTS, WAREHOUSE_WAITING
from skywarden.observe.metrics import Metrics
from skywarden.warehouse.compaction import Compaction

NAME = "warehouse"
DOES = "moves new events, hits, effects, decisions and labels into the warehouse, and merges its segments"

LOG_ROWS, SQL_ROWS = 65_536, 10_000
"""Rows of one run: about a second's work, so that the end of the process need not wait for it."""


def warehouse_job(compaction: Compaction, metrics: Metrics, every_s: float) -> Job:
    """Runs again at once while there is more than one run takes over, or something to merge."""

    def compact(_turn: Turn) -> Ran:
        done = compaction.step(LOG_ROWS, SQL_ROWS)
        for table, rows in done.rows.items():
            metrics.add(WAREHOUSE_ROWS, rows, table=table)
        _measure(compaction, metrics)
        more = done.rows.get("event") == LOG_ROWS or max(done.rows.values()) >= SQL_ROWS - 100 or done.merged > 0
        return Ran(done.total, more=more)

    return Job(NAME, every_s, DOES, threaded(compact), pending=lambda: compaction.waiting().get("event"))


def idle_warehouse_job(why: str) -> Job:
    """The job where it cannot run."""
    return Job(NAME, 60.0, DOES, threaded(lambda _turn: Ran()), idle=why)


def _measure(compaction: Compaction, metrics: Metrics) -> None:
    segments = compaction.store.manifest().segments
    metrics.set(WAREHOUSE_SEGMENTS, len(segments))
    metrics.set(WAREHOUSE_BYTES, sum(one.bytes for one in segments))
    for table, rows in compaction.waiting().items():
        metrics.set(WAREHOUSE_WAITING, rows, table=table)
