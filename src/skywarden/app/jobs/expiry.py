"""The job that ends what has reached its end: suspensions, mutes, tags and labels with a term."""

from skywarden.app.jobs.job_set import threaded
from skywarden.kernel.clock import Clock
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.moderation.load import subjects_due
from skywarden.moderation.service import ModerationService
from skywarden.storage import Database

BATCH = 1_000


def expiry_job(moderation: ModerationService, database: Database, clock: Clock) -> Job:
    """Runs within a second of the first end."""

    def take_back(_turn: Turn) -> Ran:
        done = moderation.take_back_expired(BATCH)
        return Ran(done, more=done > 0)

    def due_us() -> int | None:
        now_us = clock.now_us()
        with database.read() as tx:
            return now_us if subjects_due(tx, now_us, 1) else None

    does = "ends suspensions, mutes, tags and labels whose time is over"
    return Job("expiry", 1.0, does, threaded(take_back), due_us=due_us)
