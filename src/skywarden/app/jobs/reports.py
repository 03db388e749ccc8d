"""The jobs that bring reports into their queues and count what happens to them."""

from skywarden.app.jobs.job_set import threaded
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.moderation.queues.routing import ReportRouter
from skywarden.moderation.reports.statistics import ReportStatistics

BATCH = 5_000
"""Reports of one run; the next one follows at once while there are more."""

ROUTING_EVERY_S = 1.0


def routing_job(router: ReportRouter) -> Job:
    """Runs within a second of the first report that is in no queue yet."""

    def route(_turn: Turn) -> Ran:
        done = router.route(BATCH)
        return Ran(done, more=done == BATCH)

    does = "puts reports into the queues that take them"
    return Job("route-reports", ROUTING_EVERY_S, does, threaded(route), due_us=router.due_us, pending=router.pending)


def statistics_job(statistics: ReportStatistics, every_s: float) -> Job:
    """Keeps one row of counts a day, queue, reason and moderator; catches up on days when it did not run."""

    def refresh(turn: Turn) -> Ran:
        return Ran(statistics.refresh(turn.now_us))

    return Job("report-statistics", every_s, "counts reports by day, queue, reason and moderator", threaded(refresh))
