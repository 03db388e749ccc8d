"""Join the services of reports and queues over one database."""

from dataclasses import dataclass

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did
from skywarden.moderation.queues.assignments import QueueAssignments
from skywarden.moderation.queues.routing import ReportRouter
from skywarden.moderation.queues.service import PolicyKeys, QueueService
from skywarden.moderation.reports.activities import ReportActivities
from skywarden.moderation.reports.assignments import ReportAssignments
from skywarden.moderation.reports.statistics import ReportStatistics
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

QUEUE_ASSIGNMENT_S = 3_600.0
REPORT_ASSIGNMENT_S = 300.0


@dataclass(frozen=True, slots=True)
class ReportServices:
    """The services over one database."""

    queues: QueueService
    queue_assignments: QueueAssignments
    assignments: ReportAssignments
    activities: ReportActivities
    statistics: ReportStatistics
    router: ReportRouter


@dataclass(frozen=True, slots=True)
class Durations:
    """How long assignments last."""

    queue_s: float = QUEUE_ASSIGNMENT_S
    report_s: float = REPORT_ASSIGNMENT_S


def open_reports(
    db: Database,
    did: Did,
    clock: Clock,
    metrics: Metrics,
    policy_keys: PolicyKeys,
    durations: Durations,
) -> ReportServices:
    """Make the services; `did` is the labeler's own account, in whose name reports are routed."""
    return ReportServices(
        queues=QueueService(db, clock, policy_keys),
        queue_assignments=QueueAssignments(db, clock, durations.queue_s),
        assignments=ReportAssignments(db, clock, durations.report_s),
        activities=ReportActivities(db, clock),
        statistics=ReportStatistics(db, clock),
        router=ReportRouter(db, did, clock, metrics),
    )
