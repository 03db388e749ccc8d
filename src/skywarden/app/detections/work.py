"""Compute one window in a process of its own, at low priority and within its memory: an order in, Arrow files out.

Retry: the same order gives the same files. Crash: nothing but the order's folder is touched.
"""

import os
import sys
from pathlib import Path

import msgspec
import pyarrow as pa

from skywarden.app.detections.order import COLLECTION, FINDING, Order, Said
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.errors import Rejected, SkywardenError
from skywarden.warehouse import Store
from skywarden.warehouse.duckdb import QueryLimits, Warehouse
from skywarden.warehouse.jobs.catalog import job_named
from skywarden.warehouse.jobs.compute import compute_window
from skywarden.warehouse.jobs.contract import Ask, Parameters, WarehouseJob
from skywarden.warehouse.jobs.duckdb import MemoryTables
from skywarden.warehouse.jobs.tables import ALL_TABLES
from skywarden.warehouse.jobs.windows import read_window

NICE = 10
_DUCKDB_SHARE = 0.5
_INTERPRETER_MB = 1_024
_LIMITS = QueryLimits(rows=20_000_000, seconds=1_800.0)
_FAILED = 3


def work(order: Order) -> Said:
    """Raises: what the job, the warehouse and the machine do."""
    job = job_named(order.job)
    store = Store(Path(order.warehouse), SystemClock(), specs=ALL_TABLES)
    manifest = store.manifest().version
    warehouse = Warehouse(store, memory_mb=round(order.memory_mb * _DUCKDB_SHARE), threads=1, at_once=1)
    try:
        _say(Said("computing", manifest))
        computed = compute_window(job, _asking(warehouse), read_window(order.window, job.grain))
    finally:
        warehouse.close()
    _say(Said("writing", manifest, computed.rows_in, computed.rows_out))
    for name, rows in (computed.rows | _beside(job, computed.rows)).items():
        with pa.OSFile(str(Path(order.out) / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, rows.schema) as out:
            out.write_table(rows)
    return Said("done", manifest, computed.rows_in, computed.rows_out)


def _asking(warehouse: Warehouse) -> Ask:
    def ask(sql: str, parameters: Parameters) -> pa.Table:
        found = warehouse.query(sql, parameters, _LIMITS)
        if found.num_rows >= _LIMITS.rows:
            raise Rejected("too many rows", place=sql[:80], expected=f"fewer than {_LIMITS.rows}")
        return found

    return ask


def _beside(job: WarehouseJob, rows: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The accounts to mark and the values to collect, of this window's rows."""
    wanted = {FINDING: job.finding, COLLECTION: job.collection}
    tables = MemoryTables(rows)
    try:
        return {name: tables(one.sql, {}) for name, one in wanted.items() if one is not None}
    finally:
        tables.close()


def _bound(memory_mb: int) -> None:
    """Stay out of the way of the live stream, and end rather than fill the machine."""
    os.nice(NICE)
    if sys.platform == "linux":
        import resource  # there is no such module elsewhere

        most = (memory_mb + _INTERPRETER_MB) << 20
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _say(said: Said) -> None:
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
    sys.stdout.flush()


def main() -> int:
    """Read the order from the command line; the last line on stdout says how it ended."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    _bound(order.memory_mb)
    try:
        said = work(order)
    except (SkywardenError, MemoryError, OSError, pa.ArrowException) as error:
        said = Said("failed", error=f"{type(error).__name__}: {error}")
    _say(said)
    return _FAILED if said.error else 0


if __name__ == "__main__":
    sys.exit(main())
