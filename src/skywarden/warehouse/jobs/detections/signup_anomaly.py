"""A week of new accounts to hosts where far more arrived within a day or an hour than ever do."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.network.graph import Flags
from skywarden.detectors.statistics.baselines import Ints, baseline, calendar, or_population
from skywarden.detectors.statistics.discoveries import q_values
from skywarden.detectors.statistics.special import Floats
from skywarden.detectors.statistics.tails import upper_tail
from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Collection, Finding, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.windows import HOUR_US, Grain, Window

DAYS = 7
TABLE, ACCOUNTS = "job_signup_anomaly", "job_signup_account"


@dataclass(frozen=True, slots=True)
class Limits:
    """`history`: days from which on a host is compared with itself; `least`: arrivals below which nothing is said.

    `floor`: what is expected at the very least in a day, so that the second account of a small host is no wave.
    `excluded`: hosts, or ends of their names, where arrivals follow the whole network and not one campaign.
    """

    daily_q: float = 0.01
    hourly_q: float = 0.05
    history: int = 3
    least: int = 6
    floor: float = 0.5
    excluded: tuple[str, ...] = ("bsky.social", ".host.bsky.network", "bsky.network", "brid.gy", "mostr.pub")


LIMITS = Limits()

_ARRIVALS = (
    "SELECT did, max(author_pds_host) AS host, min(author_created_us) AS created_us FROM event"
    " WHERE time_us >= $start_us AND time_us < $stop_us AND author_created_us >= $start_us"
    " AND author_created_us < $stop_us AND author_pds_host IS NOT NULL GROUP BY did ORDER BY host, created_us, did"
)

Names = npt.NDArray[np.object_]


def compute(ask: Ask, window: Window) -> Made:
    """Test the day, and each of its hours against the same hour of the days before."""
    found = ask(_ARRIVALS, span(window, DAYS))
    kept = [not name.endswith(LIMITS.excluded) for name in found.column("host").to_pylist()]
    arrival = found.filter(pa.array(kept, pa.bool_()))
    hosts, host = np.unique(np.array(arrival.column("host").to_pylist(), dtype=object), return_inverse=True)
    hour = (arrival.column("created_us").to_numpy() - window.back(DAYS)) // HOUR_US
    table = calendar(host, hour, np.ones(len(host), np.int64), (len(hosts), DAYS * 24)).reshape(-1, DAYS, 24)
    days = _test(table.sum(axis=2), Grain.DAY)
    hours = _test(table.transpose(0, 2, 1).reshape(-1, DAYS), Grain.HOUR)
    today = np.flatnonzero(hour >= (DAYS - 1) * 24)
    in_wave = days.flagged[host[today]] | hours.flagged[host[today] * 24 + hour[today] % 24]
    return {
        TABLE: pa.concat_tables([_rows(days, hosts, window), _rows(hours, hosts, window)]),
        ACCOUNTS: arrival.take(pa.array(today[in_wave])),
    }


@dataclass(frozen=True, slots=True)
class _Tested:
    """Of each cell, a host's day or one of its hours: arrivals, what was expected, how surprising that is."""

    grain: Grain
    arrived: Ints
    expected: Floats
    q: Floats
    flagged: Flags


def _test(table: Ints, grain: Grain) -> _Tested:
    """Compare the last column with the rolling median of the others, spread as the host's, or all hosts', past is.

    Shape: a row a cell, a column a day. Cells with too few arrivals are not tested: their q is 1.
    """
    daily = grain is Grain.DAY
    own, arrived = baseline(table, DAYS - 1, DAYS - 1), table[:, -1]
    known = own.history >= LIMITS.history
    alive = known & (own.mean > 0)
    floor = LIMITS.floor if daily else LIMITS.floor / 24
    population = float(own.mean[known].mean()) if known.any() else floor
    spread = np.divide(own.variance, own.mean, out=np.ones_like(own.mean), where=own.mean > 0)
    typical = float(np.median(spread[alive])) if alive.any() else 1.0
    expected = np.maximum(or_population(own.median, own.history, LIMITS.history, population), floor)
    phi = np.maximum(np.where(alive, spread, typical), 1.0)
    tested, q = arrived >= LIMITS.least, np.ones(len(table))
    q[tested] = q_values(upper_tail(arrived[tested].astype(np.float64), expected[tested], (expected * phi)[tested]))
    return _Tested(grain, arrived, expected, q, tested & (q < (LIMITS.daily_q if daily else LIMITS.hourly_q)))


def _rows(tested: _Tested, hosts: Names, window: Window) -> pa.Table:
    """The cells that were tested."""
    cells = np.flatnonzero(tested.arrived >= LIMITS.least)
    hours = 24 if tested.grain is Grain.HOUR else 1
    columns = [
        pa.array([str(hosts[cell // hours]) for cell in cells.tolist()], pa.string()),
        pa.array([str(tested.grain)] * len(cells), pa.string()),
        pa.array(window.start_us + cells % hours * HOUR_US, pa.int64()),
        *(pa.array(column[cells]) for column in (tested.arrived, tested.expected, tested.q, tested.flagged)),
    ]
    return pa.table(columns, schema=pa.schema(_FIELDS))


_FIELDS = (
    pa.field("host", pa.string()),
    pa.field("grain", pa.string()),
    pa.field("period_us", pa.int64()),
    pa.field("arrived", pa.int64()),
    pa.field("expected", pa.float64()),
    pa.field("q", pa.float64()),
    pa.field("flagged", pa.bool_()),
)

JOB = WarehouseJob(
    name="signup-anomaly",
    does="finds hosts where far more accounts arrived than ever do, and those accounts",
    grain=Grain.DAY,
    reads=(Input("event", ("time_us", "did", "author_pds_host", "author_created_us"), DAYS),),
    writes=(
        Output(TABLE, _FIELDS, "New accounts of a host in a day or an hour, and what was to be expected."),
        Output(
            ACCOUNTS,
            (pa.field("did", pa.string()), pa.field("host", pa.string()), pa.field("created_us", pa.int64())),
            "Accounts that arrived in a flagged day or hour.",
        ),
    ),
    compute=compute,
    parameters=LIMITS,
    finding=Finding(
        tag="job:signup-wave",
        hours=14 * 24,
        sql=f"SELECT did, 'created in a wave of accounts on ' || host AS reason FROM {ACCOUNTS}",
    ),
    collection=Collection(
        name="jobs/signup_hosts",
        about="PDS hosts where far more accounts arrived within a day or an hour than ever do",
        sql=f"SELECT DISTINCT host AS value FROM {TABLE} WHERE flagged",
    ),
)
