"""Jobs as people see them: what each does, how it goes, what waits for it; for the status page and the CLI."""

from collections.abc import Sequence
from dataclasses import dataclass

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.jobs import Job, JobState, JobTable


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job. `health` is idle, ok, running or failing; `detail` says why it is idle or what failed.

    `last_us` is None for a job that never ran, `next_us` for one that will not; `pending` for one that has no backlog.
    """

    name: str
    does: str
    every_s: float
    health: str
    detail: str
    last_us: UtcMicros | None
    next_us: UtcMicros | None
    pending: int | None
    runs: int
    failed_runs: int


def overview(jobs: Sequence[Job], table: JobTable, now_us: UtcMicros) -> list[JobLine]:
    """Read every job anew."""
    states = {state.name: state for state in table.states(now_us)}
    return [_line(job, states.get(job.name), now_us) for job in jobs]


def _line(job: Job, state: JobState | None, now_us: UtcMicros) -> JobLine:
    health, detail = _health(job, state)
    return JobLine(
        name=job.name,
        does=job.does,
        every_s=job.every_s,
        health=health,
        detail=detail,
        last_us=None if state is None else state.last_start_us,
        next_us=None if job.idle else _next_us(job, state, now_us),
        pending=job.pending(),
        runs=0 if state is None else state.runs,
        failed_runs=0 if state is None else state.failed_runs,
    )


def _health(job: Job, state: JobState | None) -> tuple[str, str]:
    if job.idle:
        return "idle", job.idle
    if state is None:
        return "ok", "never ran"
    if state.running:
        return "running", f"in {state.running}"
    if state.failures:
        return "failing", f"{state.failures} in a row: {state.last_error}"
    return "ok", f"{state.done} done" if state.runs else "never ran"


def _next_us(job: Job, state: JobState | None, now_us: UtcMicros) -> UtcMicros | None:
    """When it will run: at its time, or once something waits for it."""
    planned = now_us if state is None else max(state.next_us, now_us)
    if job.due_us is None:
        return UtcMicros(planned)
    due_us = job.due_us()
    return None if due_us is None else UtcMicros(max(planned, due_us))
