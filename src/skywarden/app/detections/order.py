"""What the child that computes a window is told, and what it says."""

import msgspec


class Order(msgspec.Struct, frozen=True):
    """One window of one job. `out` is a folder for the results; `memory_mb` is for the whole child."""

    warehouse: str
    job: str
    window: str
    out: str
    memory_mb: int


class Said(msgspec.Struct, frozen=True):
    """One line of the child: how far it is, and in the last one what it has. `error` is set when it failed."""

    stage: str
    manifest: int = 0
    rows_in: int = 0
    rows_out: int = 0
    error: str = ""


FINDING, COLLECTION = "finding", "collection"
"""Names of the files of accounts to mark and of values to collect, beside those of the tables."""
