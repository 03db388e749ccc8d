"""The job that works on undo runs: what a rule did is taken back, or put back again."""

from skywarden.app.jobs.job_set import threaded
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.moderation.undo import UndoService

NAME = "undo"
STEP_S = 1.0
"""How long one run of the job goes on with chunk after chunk: its lease is given back twice a second at most."""


def undo_job(undo: UndoService, clock: Clock) -> Job:
    """Runs within a second of the beginning of an undo, until no run is left."""

    def work(turn: Turn) -> Ran:
        done = 0
        while (settled := undo.step()) is not None:
            done += settled
            if clock.now_us() - turn.now_us > STEP_S * SECOND_US:
                return Ran(done, more=True)
        return Ran(done)

    does = "takes back what a rule did, or puts it back again"
    return Job(NAME, 1.0, does, threaded(work), due_us=undo.due_us, pending=undo.pending)
