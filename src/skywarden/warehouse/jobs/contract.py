"""Name what a job over the warehouse is: tables of a stretch of time -> rows of one closed hour or day.

Retry: computing a window again gives the same rows, and storing them replaces exactly that window's.
Crash: rows of a window are there wholly or not at all. Two writers: one process owns the results.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from skywarden.warehouse.jobs.windows import Grain, Window

Parameters = Mapping[str, object]
"""Values for the `$names` of a statement."""


class Ask(Protocol):
    """Answers SELECT statements over the views of the warehouse, as of one moment."""

    def __call__(self, sql: str, parameters: Parameters) -> pa.Table: ...


@dataclass(frozen=True, slots=True)
class Input:
    """A table that a job reads, the columns that it needs, and how many windows back from the end of its own."""

    table: str
    columns: tuple[str, ...]
    windows: int = 1


@dataclass(frozen=True, slots=True)
class Output:
    """A table that a job writes. The times of the window stand before its own columns."""

    table: str
    columns: tuple[pa.Field, ...]
    about: str

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([*WINDOW_FIELDS, *self.columns])


WINDOW_FIELDS = (
    pa.field("window_start_us", pa.int64(), nullable=False),
    pa.field("window_stop_us", pa.int64(), nullable=False),
)

Made = Mapping[str, pa.Table]
"""By table, rows of the output's own columns."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How found accounts are marked: the tag, for how long, and a query that names them.

    `sql` selects `did` and `reason` from the job's own outputs of the window. A run that finds more than `most`
    accounts marks nobody and says so: then it is the job that is wrong, not the network.
    """

    tag: str
    hours: int
    sql: str
    most: int = 2_000


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set for people and queries: `sql` selects `value` from the job's own outputs of the window."""

    name: str
    about: str
    sql: str
    most: int = 5_000


@dataclass(frozen=True, slots=True)
class WarehouseJob:
    """One job. `parameters` decide its results together with the code, and are part of its version."""

    name: str
    does: str
    grain: Grain
    reads: tuple[Input, ...]
    writes: tuple[Output, ...]
    compute: Callable[[Ask, Window], Made]
    parameters: object = None
    finding: Finding | None = None
    collection: Collection | None = None

    @property
    def look_back(self) -> int:
        """Windows of its grain that it reads at most, its own included."""
        return max(one.windows for one in self.reads)
