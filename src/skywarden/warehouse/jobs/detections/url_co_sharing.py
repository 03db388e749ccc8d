"""A week of links to groups of accounts that share the same pages, followed from day to day."""

from dataclasses import dataclass

import numpy as np

from skywarden.detectors.network.graph import Ints
from skywarden.detectors.network.grid import Bounds, dense_cores
from skywarden.detectors.network.leiden import communities
from skywarden.detectors.network.pairs import Traces, cosine_pairs
from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Finding, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.detections.clusters import FIELDS, coordinated, tracked_rows
from skywarden.warehouse.jobs.detections.traces import numbered
from skywarden.warehouse.jobs.windows import Grain, Window

DAYS = 7
TABLE = "job_url_cluster"


@dataclass(frozen=True, slots=True)
class Limits:
    """`crowd`: a page of so many accounts makes no pairs; `resolution`: the least mean similarity within a cluster."""

    accounts: int = 5
    share: float = 0.9
    urls: int = 10
    edge: float = 0.05
    crowd: int = 1_000
    resolution: float = 0.5
    size: int = 3
    bounds: Bounds = Bounds()


LIMITS = Limits()

_TRACKING = "[?&](utm_[a-z]+|ref|fbclid|gclid|igshid)=[^&#]*"
_PAGES = (
    "WITH page AS (SELECT did, regexp_replace(regexp_replace(lower(unnest(links)), '#.*$', ''),"
    f" '{_TRACKING}', '', 'g') AS object FROM event WHERE part = 'post' AND action = 0"
    " AND time_us >= $start_us AND time_us < $stop_us AND links IS NOT NULL),"
    f" known AS (SELECT object FROM page GROUP BY object HAVING count(DISTINCT did) >= {LIMITS.accounts})"
    " SELECT did, object, count(*) AS times FROM page SEMI JOIN known USING (object)"
    " GROUP BY did, object ORDER BY did, object"
)


def compute(ask: Ask, window: Window) -> Made:
    """Find the clusters of the week and say what became of those of the day before."""
    found = numbered(ask(_PAGES, span(window, DAYS)))
    return {TABLE: tracked_rows(ask, TABLE, window, found.names(clusters(found.traces)))}


def clusters(traces: Traces) -> list[Ints]:
    """Groups of accounts that share the same pages, of those that share enough."""
    accounts = max(len(np.unique(traces.actor)), 1)
    carriers = traces.actors_of()
    usable = (carriers >= LIMITS.accounts) & (carriers <= max(LIMITS.share * accounts, LIMITS.accounts))
    kept = traces.where(usable[traces.object_])
    kept = kept.where((kept.objects_of() >= LIMITS.urls)[kept.actor])
    graph = cosine_pairs(kept, LIMITS.crowd).where_weight(LIMITS.edge)
    cores = dense_cores(graph, LIMITS.bounds)
    return [group for core in cores for group in communities(core.graph, LIMITS.resolution, LIMITS.size)]


JOB = WarehouseJob(
    name="url-co-sharing",
    does="finds groups of accounts that share the same pages, and follows them from day to day",
    grain=Grain.DAY,
    reads=(
        Input("event", ("part", "time_us", "did", "action", "links"), DAYS),
        Input(TABLE, ("cluster", "fate", "did"), 2),
    ),
    writes=(Output(TABLE, FIELDS, "Accounts that share the same pages within a week: a row a member."),),
    compute=compute,
    parameters=LIMITS,
    finding=Finding("job:coordinated", hours=72, sql=coordinated(TABLE, "share the same pages")),
)
