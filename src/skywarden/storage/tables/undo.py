"""Tables of undo runs: what a rule did and is to be taken back, and what became of each of its decisions."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose
from skywarden.storage.tables.metadata import METADATA

UNDO_RUN = Table(
    "undo_run",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("rule", code_text(200), nullable=False),
    Column("version", code_text(64)),
    Column("since_us", INT64, nullable=False),
    Column("until_us", INT64, nullable=False),
    Column("decision_id", INT64),
    Column("of_run", ROW_NUMBER),
    Column("reason", prose(), nullable=False),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    Column("ended_us", INT64),
    Column("state", code_text(16), nullable=False),
    Column("phase", code_text(16), nullable=False),
    Column("place", INT64, nullable=False),
    Column("upto", INT64, nullable=False),
    Column("total", INT64, nullable=False),
    Column("settled", INT64, nullable=False),
    Column("looks", INT64, nullable=False),
    Index(None, "state", "id"),
    Index(None, "of_run"),
)
"""One row a run. `of_run`: it puts back what that run took back. `place` and `upto` are decisions: how far its items
are collected and how far they go; `looks` counts the second looks that it called off."""

UNDO_ITEM = Table(
    "undo_item",
    METADATA,
    Column("run_id", ROW_NUMBER, ForeignKey("undo_run.id"), primary_key=True),
    Column("decision_id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("subject_id", ROW_NUMBER, nullable=False),
    Column("kind", code_text(32), nullable=False),
    Column("state", code_text(16), nullable=False),
    Column("why", code_text(32), nullable=False),
    Column("kept_by", INT64),
    Column("event_id", INT64),
    Column("is_removed", Boolean(create_constraint=False), nullable=False),
    Index(None, "run_id", "state", "subject_id", "decision_id"),
    Index(None, "subject_id", "is_removed"),
)
"""One row a decision of a run: `waiting`, then how it ended and why; `kept_by` is the decision that keeps its effect.

`event_id` is the decision that took it back. `is_removed`: the subject is held as if the decision had never been.
"""
