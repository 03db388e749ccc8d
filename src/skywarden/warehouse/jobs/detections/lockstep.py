"""A day of hourly pairs to groups of accounts that act in lockstep, followed from day to day."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.network.graph import Ints
from skywarden.detectors.network.lockstep import Alike, Hour, groups, joined
from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Finding, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.detections.clusters import FIELDS, coordinated, tracked_rows
from skywarden.warehouse.jobs.detections.lockstep_hour import PAIRS, USERS
from skywarden.warehouse.jobs.windows import Grain, Window

TABLE = "job_lockstep_cluster"


@dataclass(frozen=True, slots=True)
class Limits:
    """What makes a pair and how large a group must be."""

    alike: Alike = Alike()
    size: int = 3


LIMITS = Limits()

# Sums first: a pair that was together in too few things all day needs no number.
_PAIRS = (
    f"SELECT left_did, right_did, sum(common)::BIGINT AS common FROM {PAIRS} WHERE window_start_us >= $start_us"
    f" AND window_start_us < $stop_us GROUP BY ALL HAVING sum(common) >= {LIMITS.alike.common}"
    " ORDER BY left_did, right_did"
)
_USERS = (
    f"SELECT did, sum(tuples)::BIGINT AS tuples FROM {USERS} WHERE window_start_us >= $start_us"
    " AND window_start_us < $stop_us GROUP BY did ORDER BY did"
)


def compute(ask: Ask, window: Window) -> Made:
    """Join the hours of the day."""
    pairs, users = ask(_PAIRS, span(window, 1)), ask(_USERS, span(window, 1))
    dids = users.column("did").combine_chunks()
    day = Hour(
        np.arange(len(dids)),
        users.column("tuples").to_numpy(),
        _places(pairs, "left_did", dids),
        _places(pairs, "right_did", dids),
        pairs.column("common").to_numpy(),
    )
    found = groups(joined([day], max(len(dids), 1), LIMITS.alike), LIMITS.size)
    names = dids.to_pylist()
    members = [frozenset(names[place] for place in group.tolist()) for group in found]
    return {TABLE: tracked_rows(ask, TABLE, window, members)}


def _places(pairs: pa.Table, column: str, dids: pa.Array) -> Ints:
    return np.asarray(pc.index_in(pairs.column(column), value_set=dids).to_numpy(), np.int64)


JOB = WarehouseJob(
    name="lockstep",
    does="finds groups of accounts that like, repost and follow the same at the same time, day after day",
    grain=Grain.DAY,
    reads=(
        Input(USERS, ("did", "tuples")),
        Input(PAIRS, ("left_did", "right_did", "common")),
        Input(TABLE, ("cluster", "fate", "did"), 2),
    ),
    writes=(Output(TABLE, FIELDS, "Accounts that act in lockstep: a row a member."),),
    compute=compute,
    parameters=LIMITS,
    finding=Finding("job:coordinated", hours=72, sql=coordinated(TABLE, "act in lockstep")),
)
