"""Turn a history in memory into what every job over the warehouse finds in it, window by window."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from skywarden.model.partition import PARTS, part_codes
from skywarden.warehouse.jobs.catalog import DETECTIONS
from skywarden.warehouse.jobs.compute import compute_window
from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.duckdb import MemoryTables
from skywarden.warehouse.jobs.windows import Window, due_windows


def event_table(rows: pa.RecordBatch) -> pa.Table:
    """Rows of a log as the warehouse shows them to statements."""
    parts = pa.array(PARTS).take(pa.array(part_codes(rows)))
    table = pa.Table.from_batches([rows])
    return table.append_column("part", parts).append_column("offset", pa.array(np.arange(rows.num_rows)))


def run_jobs(rows: pa.RecordBatch, days: int, jobs: Sequence[WarehouseJob] = DETECTIONS) -> dict[str, pa.Table]:
    """Run every job over its windows of the last `days` days; return all rows of each table."""
    tables = MemoryTables({"event": event_table(rows)})
    made: dict[str, list[pa.Table]] = defaultdict(list)
    for job in jobs:
        for out in job.writes:
            made[out.table].append(out.schema.empty_table())
            tables.put(out.table, made[out.table][0])
    try:
        for job in jobs:
            for window in _windows(job, rows, days):
                for name, found in compute_window(job, tables, window).rows.items():
                    made[name].append(found)
                    tables.put(name, pa.concat_tables(made[name]))
    finally:
        tables.close()
    return {name: pa.concat_tables(parts) for name, parts in made.items()}


def _windows(job: WarehouseJob, rows: pa.RecordBatch, days: int) -> list[Window]:
    times = rows.column("time_us")
    length = 24 if job.grain == "hour" else 1
    return due_windows(job.grain, int(times[0].as_py()), int(times[-1].as_py()), set(), days * length)
