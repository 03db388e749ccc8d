"""Keep which run of a job made which rows: from what, by which code, how many, and how it went.

Retry: a run that is told twice has two rows; the newest one of a window counts. Crash: rows that were stored and not
told are replaced by the next run. Two writers: each tells its own runs.
"""

from dataclasses import dataclass

import msgspec
from sqlalchemy import func, insert, select

from skywarden.kernel.ids import UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import JOB_RUN
from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.windows import Window

GOOD, FAILED = "good", "failed"


@dataclass(frozen=True, slots=True)
class JobRun:
    """How the run of one window went. `manifest_*` are versions of the warehouse's manifest, 0 for none."""

    window: Window
    code_version: str
    status: str
    began_us: UtcMicros
    took_us: int
    manifest_in: int = 0
    manifest_out: int = 0
    rows_in: int = 0
    rows_out: int = 0
    proposed: int = 0
    detail: str = ""


class Lineage:
    """The runs of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def tell(self, job: WarehouseJob, run: JobRun) -> None:
        """Note how a run went."""
        inputs = [{"table": one.table, "columns": one.columns, "windows": one.windows} for one in job.reads]
        with self._db.write("job.run") as tx:
            tx.execute(
                insert(JOB_RUN).values(
                    job=job.name,
                    window_start_us=run.window.start_us,
                    window_stop_us=run.window.stop_us,
                    code_version=run.code_version,
                    inputs_json=msgspec.json.encode(inputs).decode(),
                    manifest_in=run.manifest_in,
                    manifest_out=run.manifest_out,
                    rows_in=run.rows_in,
                    rows_out=run.rows_out,
                    proposed=run.proposed,
                    began_us=run.began_us,
                    took_us=run.took_us,
                    status=run.status,
                    detail=run.detail,
                )
            )

    def done(self, job: WarehouseJob, code_version: str) -> frozenset[Window]:
        """Windows whose newest run was good and by this code."""
        newest = select(func.max(JOB_RUN.c.number)).where(JOB_RUN.c.job == job.name).group_by(JOB_RUN.c.window_start_us)
        good = select(JOB_RUN.c.window_start_us).where(
            JOB_RUN.c.number.in_(newest), JOB_RUN.c.status == GOOD, JOB_RUN.c.code_version == code_version
        )
        with self._db.read() as tx:
            return frozenset(Window(UtcMicros(start), job.grain) for start in tx.execute(good).scalars())

    def runs(self, job: WarehouseJob, limit: int) -> list[JobRun]:
        """The newest runs, newest first."""
        query = select(JOB_RUN).where(JOB_RUN.c.job == job.name).order_by(JOB_RUN.c.number.desc()).limit(limit)
        with self._db.read() as tx:
            return [
                JobRun(
                    window=Window(UtcMicros(row.window_start_us), job.grain),
                    code_version=row.code_version,
                    status=row.status,
                    began_us=UtcMicros(row.began_us),
                    took_us=row.took_us,
                    manifest_in=row.manifest_in,
                    manifest_out=row.manifest_out,
                    rows_in=row.rows_in,
                    rows_out=row.rows_out,
                    proposed=row.proposed,
                    detail=row.detail,
                )
                for row in tx.execute(query)
            ]
