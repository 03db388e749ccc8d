"""Make small event tables as jobs see them, and run one job over one window of them."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from skywarden.bench.detect.job_run import event_table
from skywarden.model.event import SCHEMA, Action, Kind
from skywarden.warehouse.jobs.compute import compute_window
from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.duckdb import MemoryTables
from skywarden.warehouse.jobs.windows import HOUR_US, Grain, Window, read_window

DAY = read_window("2026-03-08", Grain.DAY)
"""The window of most tests; a week of history fits before it."""

Row = Mapping[str, object]


def at(day: int, hour: float) -> int:
    """A moment so many days before the window's day (0: on it), at an hour of UTC."""
    return DAY.start_us - day * 24 * HOUR_US + round(hour * HOUR_US)


def post(did: str, time_us: int, **more: object) -> dict[str, object]:
    """A post that was created."""
    return act(did, time_us, "app.bsky.feed.post", **more)


def act(did: str, time_us: int, collection: str, **more: object) -> dict[str, object]:
    """Any record that was created."""
    return {
        "source": "test",
        "time_us": time_us,
        "did": f"did:plc:{did}",
        "kind": int(Kind.COMMIT),
        "action": int(Action.CREATE),
        "collection": collection,
        "rkey": "r",
        **more,
    }


def events(rows: Iterable[Row]) -> pa.Table:
    """Rows in order of time, as the warehouse shows them."""
    ordered = sorted(rows, key=lambda row: int(str(row["time_us"])))
    return event_table(pa.RecordBatch.from_pylist([dict(row) for row in ordered], SCHEMA))


def ran(
    job: WarehouseJob, rows: Iterable[Row], window: Window = DAY, known: Mapping[str, pa.Table] | None = None
) -> dict[str, pa.Table]:
    """What the job makes of these events in the window; `known` are results that are there already."""
    tables = {"event": events(rows)}
    tables |= {out.table: out.schema.empty_table() for out in job.writes}
    ask = MemoryTables(tables | dict(known or {}))
    try:
        return compute_window(job, ask, window).rows
    finally:
        ask.close()


def dids(table: pa.Table, *, flagged: bool = False) -> set[str]:
    """The accounts of a table, without the method; with `flagged`, only those."""
    chosen = table.filter(table.column("flagged")) if flagged else table
    return {str(did).removeprefix("did:plc:") for did in chosen.column("did").to_pylist()}
