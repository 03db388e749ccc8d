"""A week of posts to accounts that post around the clock and by the clock."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skywarden.detectors.statistics.entropy import GAP_EDGES_S, evenness
from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Finding, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.windows import Grain, Window

DAYS = 7
TABLE = "job_account_entropy"


@dataclass(frozen=True, slots=True)
class Limits:
    """Who is measured, and what is like a machine: even over the day, and either few kinds of pause or equal ones.

    Ten posts are in ten different hours for many a person; so only who has `sure` posts is marked.
    """

    posts: int = 10
    sure: int = 24
    hourly: float = 0.85
    interval: float = 0.53
    variation: float = 0.5


LIMITS = Limits()
_HOURS = [f"hour_{hour}" for hour in range(24)]
_GAPS = [f"gap_{place}" for place in range(len(GAP_EDGES_S) + 1)]


def _statement() -> str:
    hours = ", ".join(f"count(*) FILTER (hour = {hour}) AS {name}" for hour, name in enumerate(_HOURS))
    edges = [0, *GAP_EDGES_S]
    gaps = ", ".join(
        f"count(gap_s) FILTER (gap_s >= {edge}{f' AND gap_s < {edges[place + 1]}' if place + 1 < len(edges) else ''})"
        f" AS gap_{place}"
        for place, edge in enumerate(edges)
    )
    return (
        "WITH post AS (SELECT did, (time_us // 3600000000) % 24 AS hour,"
        ' (time_us - lag(time_us) OVER (PARTITION BY did ORDER BY time_us, "offset")) / 1e6 AS gap_s'
        " FROM event WHERE part = 'post' AND action = 0 AND time_us >= $start_us AND time_us < $stop_us)"
        f" SELECT did, count(*) AS posts, {hours}, {gaps},"
        " avg(gap_s) AS gap_mean, stddev_pop(gap_s) AS gap_spread"
        f" FROM post GROUP BY did HAVING count(*) >= {LIMITS.posts} ORDER BY did"
    )


def compute(ask: Ask, window: Window) -> Made:
    """Measure every account with enough posts."""
    found = ask(_statement(), span(window, DAYS))
    hourly, interval = evenness(_counts(found, _HOURS)), evenness(_counts(found, _GAPS))
    mean = found.column("gap_mean").fill_null(0.0).to_numpy()
    spread = found.column("gap_spread").fill_null(0.0).to_numpy()
    variation = np.divide(spread, mean, out=np.zeros_like(mean), where=mean > 0)
    regular = (interval <= LIMITS.interval) | (variation <= LIMITS.variation)
    columns = {
        "did": found.column("did"),
        "posts": found.column("posts"),
        "hourly": hourly,
        "interval": interval,
        "variation": variation,
        "flagged": (hourly >= LIMITS.hourly) & regular,
    }
    return {TABLE: pa.table(columns)}


def _counts(found: pa.Table, names: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    columns = [found.column(name).to_numpy().astype(np.int64) for name in names]
    return np.column_stack(columns) if columns else np.zeros((0, 0), np.int64)


JOB = WarehouseJob(
    name="account-entropy",
    does="finds accounts that post around the clock and by the clock",
    grain=Grain.DAY,
    reads=(Input("event", ("offset", "part", "time_us", "did", "action"), DAYS),),
    writes=(
        Output(
            TABLE,
            (
                pa.field("did", pa.string()),
                pa.field("posts", pa.int64()),
                pa.field("hourly", pa.float64()),
                pa.field("interval", pa.float64()),
                pa.field("variation", pa.float64()),
                pa.field("flagged", pa.bool_()),
            ),
            "How evenly an account's posts of a week are spread over the hours of the day and over kinds of pause.",
        ),
    ),
    compute=compute,
    parameters=LIMITS,
    finding=Finding(
        tag="job:clockwork",
        hours=72,
        sql=(
            "SELECT did, printf('%d posts in 7 days, hours %.2f, pauses %.2f, variation %.2f', posts, hourly, interval,"
            f" variation) AS reason FROM {TABLE} WHERE flagged AND posts >= {LIMITS.sure}"
        ),
    ),
)
