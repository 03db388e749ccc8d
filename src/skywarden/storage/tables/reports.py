"""Tables of queues, of who works on what, of what was done to each report, and of how that adds up."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from skywarden.storage.columns import DID_BYTES, INT64, NSID_BYTES, ROW_NUMBER, code_text, prose
from skywarden.storage.tables.metadata import METADATA

REASON_BYTES = 256

QUEUE = Table(
    "queue",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("name", prose(), nullable=False),
    Column("subject_types_json", prose(), nullable=False),
    Column("collection", code_text(NSID_BYTES)),
    Column("report_types_json", prose(), nullable=False),
    Column("description", prose()),
    Column("policies_json", prose(), nullable=False),
    Column("enabled", Boolean(create_constraint=False), nullable=False),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    Column("deleted_us", INT64),
)
"""Queues of reports and which reports they take; a deleted one stays for the reports that were closed in it."""

QUEUE_ASSIGNMENT = Table(
    "queue_assignment",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("queue_id", ROW_NUMBER, ForeignKey("queue.id"), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("start_us", INT64, nullable=False),
    Column("end_us", INT64, nullable=False),
    Index(None, "queue_id", "end_us"),
    Index(None, "did", "end_us"),
    sqlite_autoincrement=True,
)
"""Who works on a queue, from when until when."""

REPORT_ASSIGNMENT = Table(
    "report_assignment",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("report_id", ROW_NUMBER, ForeignKey("report.id"), nullable=False),
    Column("queue_id", INT64),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("start_us", INT64, nullable=False),
    Column("end_us", INT64),
    Index(None, "report_id", "end_us"),
    Index(None, "did", "end_us"),
    sqlite_autoincrement=True,
)
"""Who works on a report; one without an end is permanent and is in the report's `assigned_to` too."""

REPORT_ACTIVITY = Table(
    "report_activity",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("report_id", ROW_NUMBER, ForeignKey("report.id"), nullable=False),
    Column("type", code_text(32), nullable=False),
    Column("previous_state", code_text(16)),
    Column("internal_note", prose()),
    Column("public_note", prose()),
    Column("meta_json", prose()),
    Column("is_automated", Boolean(create_constraint=False), nullable=False),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Index(None, "report_id", "id"),
    Index(None, "type", "created_us"),
    Index(None, "created_us"),
)
"""What was done to each report, by whom; numbered in the order of commits."""

REPORT_STAT = Table(
    "report_stat",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("queue_id", INT64, primary_key=True, autoincrement=False),
    Column("reason_type", code_text(REASON_BYTES), primary_key=True),
    Column("moderator", code_text(DID_BYTES), primary_key=True),
    Column("inbound", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("actioned", Integer, nullable=False),
    Column("escalated", Integer, nullable=False),
    Column("handling_s", INT64, nullable=False),
    Column("worked_s", INT64, nullable=False),
    Column("computed_us", INT64, nullable=False),
)
"""Counts per UTC day (numbered since 1970), queue (-1: none), reason and moderator ("": nobody); they add up.

`handling_s` sums creation to close over the `actioned`, `worked_s` assignment to close. The row with neither queue nor
reason nor moderator is always there: its day was computed.
"""
