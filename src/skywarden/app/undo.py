"""Work on an undo run from a command, beside whoever else runs jobs on the database, until it stands still."""

import asyncio
from collections.abc import Callable

from skywarden.app.backend import Backend
from skywarden.app.jobs.runner import JobRunner
from skywarden.app.jobs.undo import undo_job
from skywarden.kernel.errors import Retryable
from skywarden.moderation.jobs import JobTable
from skywarden.moderation.undo import RunState, UndoRun

LOOK_S = 0.5
"""How often to look while another process has the job."""


def work_off(backend: Backend, run_id: int, progress: Callable[[UndoRun], None]) -> UndoRun:
    """Run the job until the run is done or stopped; `progress` is told how it stands meanwhile.

    Raises: Retryable, when the job failed: the run stays and the platform's own jobs go on with it.
    """
    return asyncio.run(_work_off(backend, run_id, progress))


async def _work_off(backend: Backend, run_id: int, progress: Callable[[UndoRun], None]) -> UndoRun:
    table, job = JobTable(backend.database), undo_job(backend.undo, backend.clock)
    table.register([job], backend.clock.now_us())
    runner = JobRunner(table, backend.clock, backend.metrics)
    while True:
        run = (await asyncio.to_thread(backend.undo.run, run_id)).run
        progress(run)
        if run.state is not RunState.RUNNING:
            return run
        outcome = await runner.run(job, early=True)
        if outcome is None:
            await asyncio.sleep(LOOK_S)
        elif outcome.error:
            raise Retryable(f"undo {run_id} has stopped at {run.settled:,} of {run.total:,}: {outcome.error}")
