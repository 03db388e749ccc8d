"""A week of quotes to groups of accounts that quote the same posts, followed from day to day."""

from dataclasses import dataclass

from skywarden.detectors.network.graph import Ints
from skywarden.detectors.network.leiden import communities
from skywarden.detectors.network.pairs import Traces, shared_pairs
from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Finding, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.detections.clusters import FIELDS, coordinated, tracked_rows
from skywarden.warehouse.jobs.detections.traces import numbered
from skywarden.warehouse.jobs.windows import Grain, Window

DAYS = 7
TABLE = "job_quote_cluster"


@dataclass(frozen=True, slots=True)
class Limits:
    """`common`: posts that a pair must both have quoted; `crowd`: a post of so many quoters makes no pairs."""

    common: int = 2
    crowd: int = 500
    resolution: float = 0.2
    size: int = 3


LIMITS = Limits()

_QUOTES = (
    "SELECT DISTINCT did, quote_uri AS object FROM event WHERE part = 'post' AND action = 0"
    " AND time_us >= $start_us AND time_us < $stop_us AND quote_uri IS NOT NULL"
    " AND quote_did IS DISTINCT FROM did ORDER BY did, object"
)


def compute(ask: Ask, window: Window) -> Made:
    """Find the clusters of the week and say what became of those of the day before."""
    found = numbered(ask(_QUOTES, span(window, DAYS)))
    return {TABLE: tracked_rows(ask, TABLE, window, found.names(clusters(found.traces)))}


def clusters(traces: Traces) -> list[Ints]:
    """Groups of accounts that quote the same posts."""
    graph, common = shared_pairs(traces, LIMITS.crowd)
    return communities(graph.where(common >= LIMITS.common), LIMITS.resolution, LIMITS.size)


JOB = WarehouseJob(
    name="quote-co-sharing",
    does="finds groups of accounts that quote the same posts, and follows them from day to day",
    grain=Grain.DAY,
    reads=(
        Input("event", ("part", "time_us", "did", "action", "quote_uri", "quote_did"), DAYS),
        Input(TABLE, ("cluster", "fate", "did"), 2),
    ),
    writes=(Output(TABLE, FIELDS, "Accounts that quote the same posts within a week: a row a member."),),
    compute=compute,
    parameters=LIMITS,
    finding=Finding("job:coordinated", hours=72, sql=coordinated(TABLE, "quote the same posts")),
)
