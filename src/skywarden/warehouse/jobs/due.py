"""Turn what the warehouse holds and what was done into the windows that a job shall run next."""

from collections.abc import Mapping, Sequence, Set

from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.windows import Grain, Window, due_windows, window_at
from skywarden.warehouse.manifest import Manifest

SETTLE_US = 600_000_000
"""How long after its end a window is left alone: rules and look-ups may be so far behind the stream."""

MOST = {Grain.HOUR: 72, Grain.DAY: 7}
"""How far back a job catches up by itself; `skywarden jobs run NAME --window` runs any window."""

Done = Mapping[str, Set[Window]]
"""By job, itself and its makers, the windows that are done."""


def span_of(manifest: Manifest) -> tuple[int, int] | None:
    """The times of the first and the last event in the warehouse; None when it has none."""
    events = manifest.of("event")
    if not events:
        return None
    return min(one.first_us for one in events), max(one.last_us for one in events)


def windows_due(job: WarehouseJob, jobs: Sequence[WarehouseJob], manifest: Manifest, done: Done) -> list[Window]:
    """Closed windows that are not done and whose inputs are, oldest first."""
    span = span_of(manifest)
    if span is None:
        return []
    first_us, last_us = span
    due = due_windows(job.grain, first_us, last_us - SETTLE_US, done[job.name], MOST[job.grain])
    return [window for window in due if _is_ready(job, jobs, window, first_us, done)]


def makers(job: WarehouseJob, jobs: Sequence[WarehouseJob]) -> list[WarehouseJob]:
    """The other jobs whose results this one reads."""
    tables = {one.table for one in job.reads}
    return [other for other in jobs if other is not job and tables & {out.table for out in other.writes}]


def _is_ready(job: WarehouseJob, jobs: Sequence[WarehouseJob], window: Window, first_us: int, done: Done) -> bool:
    """Whether the jobs that it reads from have done all that the window spans."""
    for maker in makers(job, jobs):
        part = window_at(window.start_us, maker.grain)
        while part.start_us < window.stop_us:
            if part not in done[maker.name] and part.stop_us > first_us:
                return False
            part = part.before(-1)
    return True
