"""The job that adds up the strikes of accounts anew when some of them have expired."""

from skywarden.app.jobs.job_set import threaded
from skywarden.kernel.clock import Clock
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.moderation.save_accounts import strikes_due
from skywarden.moderation.service import ModerationService
from skywarden.storage import Database

BATCH = 500


def strikes_job(moderation: ModerationService, database: Database, clock: Clock) -> Job:
    """Looks every minute."""

    def add_up(_turn: Turn) -> Ran:
        done = moderation.expire_strikes(BATCH)
        return Ran(done, more=done == BATCH)

    def due_us() -> int | None:
        now_us = clock.now_us()
        with database.read() as tx:
            return now_us if strikes_due(tx, now_us, 1) else None

    return Job("strikes", 60.0, "adds up strikes anew when some have expired", threaded(add_up), due_us=due_us)
