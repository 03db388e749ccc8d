"""The job that checks the data of the warehouse: outcomes into a table, and how many fail into metrics."""

from functools import partial

import pyarrow as pa

from skywarden.app.backend import Backend
from skywarden.app.jobs.job_set import threaded
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.observe.catalog import QUALITY_FAILED
from skywarden.observe.metrics import Metrics
from skywarden.warehouse import Store
from skywarden.warehouse.duckdb import Warehouse
from skywarden.warehouse.jobs.contract import Parameters
from skywarden.warehouse.jobs.quality import CHECKS, Check, check_quality
from skywarden.warehouse.jobs.quality_table import QualityTable
from skywarden.warehouse.jobs.tables import ALL_TABLES

NAME, EVERY_S = "data-quality", 900.0
DOES = "checks whether the warehouse is fresh, complete, filled as before and without repeats"

_MEMORY_MB = 512


def quality_job(backend: Backend, idle: str) -> Job:
    """A failed check is no failed run: it pages by its metric."""
    table, clock = QualityTable(backend.database), backend.clock

    def check(turn: Turn) -> Ran:
        store = Store(backend.folder.warehouse, clock, specs=ALL_TABLES)
        warehouse = Warehouse(store, memory_mb=_MEMORY_MB, threads=1, at_once=1)
        try:
            checks = check_quality(partial(_asked, warehouse), store.manifest(), store.specs, turn.now_us)
        finally:
            warehouse.close()
        table.replace(checks, turn.now_us)
        _measure(backend.metrics, checks)
        return Ran(len(checks))

    return Job(NAME, EVERY_S, DOES, threaded(check), idle=idle)


def _asked(warehouse: Warehouse, sql: str, parameters: Parameters) -> pa.Table:
    return warehouse.query(sql, parameters)


def _measure(metrics: Metrics, checks: list[Check]) -> None:
    for name in CHECKS:
        for table in sorted({check.table for check in checks if check.name == name}):
            failed = sum(not check.is_good for check in checks if (check.name, check.table) == (name, table))
            metrics.set(QUALITY_FAILED, failed, table=table, check=name)
