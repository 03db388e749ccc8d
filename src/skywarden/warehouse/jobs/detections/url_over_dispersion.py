"""Two weeks of links to domains that are shared too much, or by too few accounts too often."""

import pyarrow as pa

from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Collection, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.detections.over_dispersion import FIELDS, Limits, measure, statement
from skywarden.warehouse.jobs.windows import Grain, Window

TABLE = "job_domain_burst"
LIMITS = Limits(days=14)

_DOMAINS = (
    "SELECT did, time_us, unnest(domains) AS thing FROM event WHERE part = 'post' AND action = 0"
    " AND time_us >= $start_us AND time_us < $stop_us AND domains IS NOT NULL"
)


def compute(ask: Ask, window: Window) -> Made:
    """Test the domains of the day."""
    return {TABLE: measure(ask(statement(_DOMAINS), span(window, LIMITS.days)), LIMITS, "domain")}


JOB = WarehouseJob(
    name="url-over-dispersion",
    does="finds domains that are linked far more than ever, or by few accounts again and again",
    grain=Grain.DAY,
    reads=(Input("event", ("part", "time_us", "did", "action", "domains"), LIMITS.days),),
    writes=(
        Output(
            TABLE,
            (pa.field("domain", pa.string()), *FIELDS),
            "Links to a domain in a day and how many accounts made them, beside what was to be expected.",
        ),
    ),
    compute=compute,
    parameters=LIMITS,
    collection=Collection(
        name="jobs/bursting_domains",
        about="Domains that were linked far more than ever in a day, or by few accounts again and again",
        sql=f"SELECT domain AS value FROM {TABLE} WHERE flagged",
    ),
)
