"""An hour of likes, reposts and follows to pairs of accounts that did the same within the same minutes."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skywarden.detectors.network.lockstep import lockstep_hour
from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.detections.traces import codes
from skywarden.warehouse.jobs.windows import Grain, Window

USERS, PAIRS = "job_lockstep_user", "job_lockstep_pair"


@dataclass(frozen=True, slots=True)
class Limits:
    """`bucket_us`: what happens within is at the same time; `crowd`: what so many do at once makes no pairs."""

    bucket_us: int = 600_000_000
    crowd: int = 100


LIMITS = Limits()

_ACTS = (
    "SELECT did, part || ' ' || coalesce(subject_uri, subject_did) || ' ' ||"
    f" (time_us // {LIMITS.bucket_us}) AS object FROM event WHERE part IN ('like', 'repost', 'follow') AND action = 0"
    " AND time_us >= $start_us AND time_us < $stop_us AND coalesce(subject_uri, subject_did) IS NOT NULL"
    " GROUP BY did, object ORDER BY did, object"
)


def compute(ask: Ask, window: Window) -> Made:
    """Count what each account did, and what pairs did together."""
    found = ask(_ACTS, span(window))
    user, dids = codes(found.column("did"))
    object_, _ = codes(found.column("object"))
    hour = lockstep_hour(user, object_, max(len(dids), 1), LIMITS.crowd)
    names = np.array(dids, dtype=object)
    return {
        USERS: pa.table({"did": pa.array(names[hour.user], pa.string()), "tuples": hour.tuples}),
        PAIRS: pa.table(
            {
                "left_did": pa.array(names[hour.left], pa.string()),
                "right_did": pa.array(names[hour.right], pa.string()),
                "common": hour.common,
            }
        ),
    }


JOB = WarehouseJob(
    name="lockstep-hour",
    does="counts what pairs of accounts like, repost and follow within the same ten minutes",
    grain=Grain.HOUR,
    reads=(Input("event", ("part", "time_us", "did", "action", "subject_uri", "subject_did")),),
    writes=(
        Output(
            USERS,
            (pa.field("did", pa.string()), pa.field("tuples", pa.int64())),
            "How many different things an account did in an hour, ten minutes at a time.",
        ),
        Output(
            PAIRS,
            (pa.field("left_did", pa.string()), pa.field("right_did", pa.string()), pa.field("common", pa.int64())),
            "How many of them two accounts did within the same ten minutes.",
        ),
    ),
    compute=compute,
    parameters=LIMITS,
)
