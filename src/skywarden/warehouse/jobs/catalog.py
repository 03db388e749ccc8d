"""Every job over the warehouse, in an order in which each finds the results that it reads."""

from collections.abc import Sequence

from skywarden.kernel.errors import Rejected
from skywarden.warehouse.jobs.contract import Output, WarehouseJob
from skywarden.warehouse.jobs.detections import (
    account_entropy,
    lockstep,
    lockstep_hour,
    quote_co_sharing,
    quote_over_dispersion,
    signup_anomaly,
    url_co_sharing,
    url_over_dispersion,
)
from skywarden.warehouse.jobs.rollups import ROLLUPS

DETECTIONS: tuple[WarehouseJob, ...] = (
    account_entropy.JOB,
    signup_anomaly.JOB,
    url_over_dispersion.JOB,
    quote_over_dispersion.JOB,
    url_co_sharing.JOB,
    quote_co_sharing.JOB,
    lockstep_hour.JOB,
    lockstep.JOB,
)
"""Those that look for something; they read events and one another's results."""

JOBS: tuple[WarehouseJob, ...] = (*DETECTIONS, *ROLLUPS)


def job_named(name: str, jobs: Sequence[WarehouseJob] = JOBS) -> WarehouseJob:
    """Raises: Rejected."""
    for job in jobs:
        if job.name == name:
            return job
    raise Rejected("no such job", place=name, expected=f"one of {', '.join(job.name for job in jobs)}")


def outputs(jobs: Sequence[WarehouseJob] = JOBS) -> tuple[Output, ...]:
    """Every table that jobs write."""
    return tuple(out for job in jobs for out in job.writes)
