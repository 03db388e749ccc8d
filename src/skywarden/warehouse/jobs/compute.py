"""Turn a job and a window into the rows that are stored: computed, checked against the job's schema, put in order."""

from dataclasses import dataclass

import pyarrow as pa

from skywarden.kernel.errors import Broken
from skywarden.warehouse.jobs.contract import Ask, Output, Parameters, WarehouseJob
from skywarden.warehouse.jobs.windows import Window


@dataclass(frozen=True, slots=True)
class Computed:
    """Rows by table, and how many rows of its inputs the job had before it."""

    rows: dict[str, pa.Table]
    rows_in: int

    @property
    def rows_out(self) -> int:
        return sum(table.num_rows for table in self.rows.values())


def compute_window(job: WarehouseJob, ask: Ask, window: Window) -> Computed:
    """Raises: Broken, when the job's rows are not of its schema; what `ask` raises."""
    rows_in = sum(_rows_of(ask, one.table, window.back(one.windows), window.stop_us) for one in job.reads)
    made = job.compute(ask, window)
    if set(made) != {out.table for out in job.writes}:
        raise Broken(f"job {job.name}: writes {sorted(made)}, declared are {[out.table for out in job.writes]}")
    return Computed({out.table: _stamped(job, out, made[out.table], window) for out in job.writes}, rows_in)


def _rows_of(ask: Ask, table: str, start_us: int, stop_us: int) -> int:
    column = time_column(table)
    found = ask(
        f"SELECT count(*) AS n FROM {table} WHERE {column} >= $start_us AND {column} < $stop_us",
        {"start_us": start_us, "stop_us": stop_us},
    )
    return int(found.column("n")[0].as_py())


def time_column(table: str) -> str:
    """The column that says when a row of a table was, or of which window it is."""
    if table.startswith(("job_", "rollup_")):
        return "window_start_us"
    return "created_us" if table == "label" else "time_us"


def span(window: Window, windows: int = 1) -> Parameters:
    """The parameters of a statement that reads so many windows up to the end of this one."""
    return {"start_us": window.back(windows), "stop_us": window.stop_us}


def _stamped(job: WarehouseJob, out: Output, rows: pa.Table, window: Window) -> pa.Table:
    try:
        own = rows.select([field.name for field in out.columns]).cast(pa.schema(out.columns))
    except (KeyError, pa.ArrowInvalid, ValueError) as error:
        raise Broken(f"job {job.name}: rows of {out.table} are not of its schema: {error}") from error
    count = own.num_rows
    stamped = pa.table(
        [
            pa.array([window.start_us] * count, pa.int64()),
            pa.array([window.stop_us] * count, pa.int64()),
            *own.columns,
        ],
        schema=out.schema,
    )
    return stamped.sort_by([(field.name, "ascending") for field in out.columns if _orders(field)])


def _orders(field: pa.Field) -> bool:
    return bool(pa.types.is_string(field.type) or pa.types.is_integer(field.type))
