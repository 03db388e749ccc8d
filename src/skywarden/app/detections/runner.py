"""Run one window of a job: computed by a child, stored in the warehouse, proposed to moderation, told in the lineage.

Retry: a window that is run again replaces its rows and proposes what it has proposed already, which is decided once.
Crash: until its lineage row is there, the window is due again. Two writers: the store has one at a time; who comes
second waits a little, and then tries another time.
"""

import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from skywarden.app.detections.child import Progress, computed, made
from skywarden.app.detections.order import COLLECTION, FINDING, Order
from skywarden.app.detections.proposals import collect, tag_effects
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did, Offset
from skywarden.moderation.desk.sets import SetService
from skywarden.moderation.outbox import Outbox
from skywarden.observe.catalog import DETECTION_LEFT_OUT, DETECTION_ROWS, DETECTION_WINDOWS
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics
from skywarden.warehouse import Store
from skywarden.warehouse.jobs.catalog import JOBS
from skywarden.warehouse.jobs.code_version import code_version
from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.due import makers, span_of, windows_due
from skywarden.warehouse.jobs.lineage import FAILED, GOOD, JobRun, Lineage
from skywarden.warehouse.jobs.tables import store_window
from skywarden.warehouse.jobs.windows import HOUR_US, Window
from skywarden.warehouse.manifest import Manifest

MEMORY_MB = 2_048
_TRIES, _PAUSE_S = 40, 0.25


@dataclass(frozen=True, slots=True)
class WindowRunner:
    """Everything that a run touches. `service` proposes and keeps the sets."""

    store: Store
    lineage: Lineage
    outbox: Outbox
    sets: SetService
    service: Did
    clock: Clock
    metrics: Metrics

    def due(self, job: WarehouseJob) -> list[Window]:
        """Windows that this job shall run, oldest first."""
        chain = (job, *makers(job, JOBS))
        done: Mapping[str, frozenset[Window]] = {one.name: self.lineage.done(one, code_version(one)) for one in chain}
        return windows_due(job, JOBS, self.store.manifest(), done)

    def run(self, job: WarehouseJob, window: Window, progress: Progress) -> JobRun:
        """Raises: Rejected, when the child could not; Retryable, when the warehouse is written all the time."""
        began_us, version = self.clock.now_us(), code_version(job)
        try:
            run = self._run(job, window, version, progress)
        except (Rejected, Retryable) as error:
            took_us = self.clock.now_us() - began_us
            self.lineage.tell(job, JobRun(window, version, FAILED, began_us, took_us, detail=str(error)))
            self.metrics.add(DETECTION_WINDOWS, job=job.name, outcome=FAILED)
            raise
        self.lineage.tell(job, run)
        self.metrics.add(DETECTION_WINDOWS, job=job.name, outcome=GOOD)
        self.metrics.add(DETECTION_ROWS, run.rows_out, job=job.name)
        return run

    def _run(self, job: WarehouseJob, window: Window, version: str, progress: Progress) -> JobRun:
        began_us = self.clock.now_us()
        with tempfile.TemporaryDirectory(prefix="skywarden-job-") as folder:
            order = Order(str(self.store.folder), job.name, window.name, folder, MEMORY_MB)
            said = computed(order, progress)
            manifest = self._store(job, window, order)
            proposed, detail = self._propose(job, window, version, order)
        return JobRun(
            window=window,
            code_version=version,
            status=GOOD,
            began_us=began_us,
            took_us=self.clock.now_us() - began_us,
            manifest_in=said.manifest,
            manifest_out=manifest.version,
            rows_in=said.rows_in,
            rows_out=said.rows_out,
            proposed=proposed,
            detail=detail,
        )

    def _store(self, job: WarehouseJob, window: Window, order: Order) -> Manifest:
        rows = {output.table: made(order, output.table) for output in job.writes}
        for _ in range(_TRIES):
            try:
                return store_window(self.store, job, window, rows)
            except Retryable:
                threading.Event().wait(_PAUSE_S)  # compaction holds the lock for a second or so
        return store_window(self.store, job, window, rows)

    def _propose(self, job: WarehouseJob, window: Window, version: str, order: Order) -> tuple[int, str]:
        """Propose what still holds: the findings of a window of long ago are rows, and no more."""
        if self._is_newest(job, window) and job.collection is not None:
            values = made(order, COLLECTION).column("value").to_pylist()
            collect(self.sets, job.collection, values, self.service)
        if job.finding is None:
            return 0, ""
        found = made(order, FINDING)
        if window.stop_us + job.finding.hours * HOUR_US < self.clock.now_us():
            return 0, f"{found.num_rows} found, none marked: the window is over for too long"
        if found.num_rows > job.finding.most:
            Logger("jobs").error(DETECTION_LEFT_OUT, job=job.name, window=window.name, found=found.num_rows)
            self.metrics.add(DETECTION_WINDOWS, job=job.name, outcome="over-limit")
            return 0, f"{found.num_rows} found, none marked: more than {job.finding.most} are a fault of the job"
        effects = tag_effects(job, job.finding, version, window, found)
        self.outbox.store([], effects, Offset(0))
        return len(effects), ""

    def _is_newest(self, job: WarehouseJob, window: Window) -> bool:
        span = span_of(self.store.manifest())
        return span is not None and window.stop_us + job.grain.length_us > span[1] - HOUR_US
