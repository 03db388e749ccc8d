"""Turn a job into the hash of what decides its rows: its sources and its parameters."""

import hashlib
from functools import cache
from pathlib import Path

import skywarden
from skywarden.warehouse.jobs.contract import WarehouseJob

_SHARED = ("detectors/statistics", "detectors/network", "warehouse/jobs/detections")
"""Every job counts all of them as its own: better one window too many computed again than one too few."""


def code_version(job: WarehouseJob) -> str:
    """Twelve digits of hex; another version computes the newest windows again."""
    digest = hashlib.sha256(_sources().encode())
    digest.update(repr((job.name, job.grain, job.parameters)).encode())
    digest.update(repr([(out.table, [(f.name, str(f.type)) for f in out.columns]) for out in job.writes]).encode())
    return digest.hexdigest()[:12]


@cache
def _sources() -> str:
    root, digest = Path(skywarden.__file__).parent, hashlib.sha256()
    for folder in _SHARED:
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
