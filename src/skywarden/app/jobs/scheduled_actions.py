"""The job that executes scheduled takedowns at their moment."""

from skywarden.app.jobs.job_set import threaded
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.moderation.scheduled import ScheduledActions

BATCH = 100


def scheduled_actions_job(actions: ScheduledActions) -> Job:
    """Runs within a second of the first action that is due."""

    def execute(_turn: Turn) -> Ran:
        done = actions.execute_due(BATCH)
        return Ran(done, more=done == BATCH)

    does = "executes scheduled takedowns at their moment"
    return Job("scheduled-actions", 1.0, does, threaded(execute), due_us=actions.due_us, pending=actions.pending)
