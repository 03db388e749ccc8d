"""Background jobs without their I/O: what one is, when it runs next, and the table that keeps it.

Refuses: threads, sockets and clocks of its own; `app/jobs/` runs the jobs.
"""

from skywarden.moderation.jobs.contract import Job, Ran, Step, Turn
from skywarden.moderation.jobs.schedule import pause_us
from skywarden.moderation.jobs.table import Claim, JobState, JobTable

__all__ = ["Claim", "Job", "JobState", "JobTable", "Ran", "Step", "Turn", "pause_us"]
