"""Turn what jobs write into tables of the warehouse: one segment a window, so that a window is replaced whole."""

import pyarrow as pa

from skywarden.warehouse.jobs.catalog import outputs
from skywarden.warehouse.jobs.contract import Output, WarehouseJob
from skywarden.warehouse.jobs.windows import Grain, Window
from skywarden.warehouse.manifest import Manifest
from skywarden.warehouse.spec import PART_OF_ALL, TableSpec
from skywarden.warehouse.store import Store
from skywarden.warehouse.tables import TABLES


def spec_of(output: Output) -> TableSpec:
    """The rows of a window share their key and their time."""
    names = output.schema.names
    texts = [field.name for field in output.columns if pa.types.is_string(field.type)]
    return TableSpec(
        name=output.table,
        about=output.about,
        columns=output.schema,
        key="window_start_us",
        time="window_start_us",
        sort=("window_start_us", *texts),
        account="did" if "did" in names else "",
    )


JOB_TABLES: tuple[TableSpec, ...] = tuple(spec_of(output) for output in outputs())

ALL_TABLES: tuple[TableSpec, ...] = (*TABLES, *JOB_TABLES)
"""What a warehouse has once jobs run over it."""


def part_of(window: Window) -> str:
    """Hours of a day are parts of their own."""
    return f"hour-{window.name[-2:]}" if window.grain is Grain.HOUR else PART_OF_ALL


def store_window(store: Store, job: WarehouseJob, window: Window, rows: dict[str, pa.Table]) -> Manifest:
    """Have these rows be all that the window has in the job's tables, in one step.

    Raises: Retryable, when somebody else writes; Broken, for a damaged manifest.
    """
    with store.writing() as draft:
        for output in job.writes:
            draft.replace(store.specs[output.table], rows[output.table], window.day, part_of(window))
        return draft.commit()
