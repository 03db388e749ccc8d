"""Turn the jobs over the warehouse into background jobs: each runs the oldest window that is due."""

from skywarden.app.backend import Backend
from skywarden.app.detections.runner import WindowRunner
from skywarden.app.jobs.job_set import threaded
from skywarden.log.contract import LogReader
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.warehouse import Store
from skywarden.warehouse.jobs.catalog import JOBS
from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.lineage import Lineage
from skywarden.warehouse.jobs.tables import ALL_TABLES

EVERY_S = 300.0
"""How often a job looks for a window that has closed."""


def open_runner(backend: Backend) -> WindowRunner:
    """What runs windows on the warehouse and the database of this backend."""
    return WindowRunner(
        store=Store(backend.folder.warehouse, backend.clock, specs=ALL_TABLES),
        lineage=Lineage(backend.database),
        outbox=backend.moderation.outbox,
        sets=backend.desk.sets,
        service=backend.labels.did,
        clock=backend.clock,
        metrics=backend.metrics,
    )


def why_idle(backend: Backend, log: LogReader | None) -> str:
    """Jobs over the warehouse run where it is filled, or was; `log` is the log of this process."""
    if not backend.settings.warehouse.compact_s:
        return "warehouse.compact_s is 0"
    if log is None and not backend.folder.warehouse.exists():
        return "this process has no warehouse"
    return ""


def detection_jobs(runner: WindowRunner, idle: str) -> tuple[Job, ...]:
    """A background job for each; `idle` says why none runs here, "" when they do."""
    return tuple(_job(runner, job, idle) for job in JOBS)


def _job(runner: WindowRunner, job: WarehouseJob, idle: str) -> Job:
    def run(_turn: Turn) -> Ran:
        due = runner.due(job)
        if not due:
            return Ran()
        runner.run(job, due[0], _nobody_looks)
        return Ran(1, more=len(due) > 1)

    return Job(job.name, EVERY_S, job.does, threaded(run), idle=idle)


def _nobody_looks(_stage: str) -> None:
    """The status says what runs."""
