"""A week of quotes to posts that are quoted too much, or by too few accounts too often."""

import pyarrow as pa

from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.detections.over_dispersion import FIELDS, Limits, measure, statement
from skywarden.warehouse.jobs.windows import Grain, Window

TABLE = "job_quote_burst"
LIMITS = Limits(days=7)

_QUOTES = (
    "SELECT did, time_us, quote_uri AS thing FROM event WHERE part = 'post' AND action = 0"
    " AND time_us >= $start_us AND time_us < $stop_us AND quote_uri IS NOT NULL"
)


def compute(ask: Ask, window: Window) -> Made:
    """Test the posts that were quoted on the day."""
    return {TABLE: measure(ask(statement(_QUOTES), span(window, LIMITS.days)), LIMITS, "uri")}


JOB = WarehouseJob(
    name="quote-over-dispersion",
    does="finds posts that are quoted far more than others, or by few accounts again and again",
    grain=Grain.DAY,
    reads=(Input("event", ("part", "time_us", "did", "action", "quote_uri"), LIMITS.days),),
    writes=(
        Output(
            TABLE,
            (pa.field("uri", pa.string()), *FIELDS),
            "Quotes of a post in a day and how many accounts made them, beside what was to be expected.",
        ),
    ),
    compute=compute,
    parameters=LIMITS,
)
