"""Tables of jobs over the warehouse: what each run read and wrote, and how good the data are."""

from sqlalchemy import Boolean, Column, Float, Index, Table

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose
from skywarden.storage.tables.metadata import METADATA

JOB_RUN = Table(
    "job_run",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("job", code_text(64), nullable=False),
    Column("window_start_us", INT64, nullable=False),
    Column("window_stop_us", INT64, nullable=False),
    Column("code_version", code_text(64), nullable=False),
    Column("inputs_json", prose(), nullable=False),
    Column("manifest_in", INT64, nullable=False),
    Column("manifest_out", INT64, nullable=False),
    Column("rows_in", INT64, nullable=False),
    Column("rows_out", INT64, nullable=False),
    Column("proposed", INT64, nullable=False),
    Column("began_us", INT64, nullable=False),
    Column("took_us", INT64, nullable=False),
    Column("status", code_text(16), nullable=False),
    Column("detail", prose(), nullable=False),
    Index(None, "job", "window_start_us", "number"),
    sqlite_autoincrement=True,
)
"""One row a run of a window: which tables and columns it read at which version of the warehouse's manifest, by which
code, into how many rows, and how many effects it proposed. `status` is good or failed; `detail` says why.
"""

QUALITY_CHECK = Table(
    "quality_check",
    METADATA,
    Column("table_name", code_text(64), primary_key=True),
    Column("check_name", code_text(64), primary_key=True),
    Column("item", code_text(128), primary_key=True),
    Column("value", Float, nullable=False),
    Column("bound", Float, nullable=False),
    Column("is_good", Boolean(create_constraint=False), nullable=False),
    Column("detail", prose(), nullable=False),
    Column("checked_us", INT64, nullable=False),
)
"""The newest outcome of each check of a table of the warehouse; `item` is the column that was looked at, or ""."""
