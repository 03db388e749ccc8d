"""Tables of background jobs, of what must still reach other services, and of actions that were put off."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, UniqueConstraint

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text, prose
from skywarden.storage.tables.metadata import METADATA

JOB = Table(
    "job",
    METADATA,
    Column("name", code_text(64), primary_key=True),
    Column("every_us", INT64, nullable=False),
    Column("next_us", INT64, nullable=False),
    Column("lease_owner", code_text(200)),
    Column("lease_until_us", INT64),
    Column("last_start_us", INT64),
    Column("last_ok_us", INT64),
    Column("last_error", prose(), nullable=False),
    Column("runs", INT64, nullable=False),
    Column("failed_runs", INT64, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("done", INT64, nullable=False),
    Column("cursor_json", prose()),
)
"""One row a job: when it runs next, who runs it now and until when that is believed, how it went, how far it is.

`failures` counts the failed runs since the last good one, `failed_runs` all of them, `done` what all runs did.
"""

PUSH = Table(
    "push",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("decision_id", INT64, nullable=False),
    Column("target", code_text(16), nullable=False),
    Column("kind", code_text(16), nullable=False),
    Column("lane", code_text(32), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("blob_cid", code_text(128), nullable=False),
    Column("body_json", prose(), nullable=False),
    Column("state", code_text(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_us", INT64, nullable=False),
    Column("last_error", prose(), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("ended_us", INT64),
    Index(None, "target", "state", "next_us", "id"),
    Index(None, "lane", "state", "id"),
    Index(None, "uri"),
    Index(None, "decision_id"),
    sqlite_autoincrement=True,
)
"""What another service must be told: `waiting` until `next_us`, then `sent`, or `failed` when it refused for good.

Rows of one `lane` (a target and what the message is about) are sent one after the other, in the order of their ids.
"""

SCHEDULED_ACTION = Table(
    "scheduled_action",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("action", code_text(32), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("pending_did", code_text(DID_BYTES)),
    Column("event_json", prose(), nullable=False),
    Column("execute_at_us", INT64),
    Column("execute_after_us", INT64),
    Column("execute_until_us", INT64),
    Column("randomize", Boolean(create_constraint=False), nullable=False),
    Column("due_us", INT64, nullable=False),
    Column("state", code_text(16), nullable=False),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    Column("executed_us", INT64),
    Column("last_failure", prose(), nullable=False),
    Column("event_id", INT64),
    UniqueConstraint("action", "pending_did"),
    Index(None, "state", "due_us"),
    Index(None, "did", "id"),
)
"""Actions for later; `due_us` was drawn once when they were scheduled, `pending_did` is null once they have ended."""
