"""The job that fills the scaled warehouse, a ClickHouse, beside the embedded one.

Retry and crash: each source is taken over in steps with a cursor of its own. Two writers: the job's lease.
"""

from collections.abc import Mapping

from skywarden.app.jobs.job_set import threaded
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.log.contract import LogReader
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.storage import Database
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.compact_sql import SOURCES, compact_sql
from skywarden.warehouse.contract import Tables

NAME = "warehouse-scaled"
DOES = "copies new events, hits, effects, decisions and labels to ClickHouse"

LOG_ROWS, SQL_ROWS = 65_536, 10_000


def open_scaled(url: str) -> Tables:
    """The warehouse behind a URL; it is connected to when it is first used. Raises: Rejected, for a bad URL."""
    try:
        from skywarden.warehouse.clickhouse import ClickhouseTables
    except ImportError as error:
        hint = "pip install 'skywarden[clickhouse]'"
        raise Rejected("warehouse_driver_missing", place="warehouse.url", hint=hint) from error
    return ClickhouseTables(url)


def scaled_job(
    tables: Tables, log: LogReader, database: Database, days: Mapping[str, int], clock: Clock, every_s: float
) -> Job:
    """Runs again at once while a run had its fill."""

    def copy(_turn: Turn) -> Ran:
        events = compact_log(tables, log, LOG_ROWS)
        rows = [compact_sql(tables, database, source, SQL_ROWS) for source in SOURCES]
        tables.expire(days, clock.now_us())
        return Ran(events + sum(rows), more=events == LOG_ROWS or max(rows) >= SQL_ROWS // 2)

    return Job(NAME, every_s, DOES, threaded(copy))


def idle_scaled_job(why: str) -> Job:
    """The job where it cannot run."""
    return Job(NAME, 60.0, DOES, threaded(lambda _turn: Ran()), idle=why)
