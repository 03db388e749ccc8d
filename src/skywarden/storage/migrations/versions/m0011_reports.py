"""Make queues, assignments, activities and statistics of reports, and room on reports for what they need."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose

revision = "m0011"
down_revision = "m0010"

_FLAG = sa.Boolean(create_constraint=False)
_DID = code_text(2048)
_COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any], Any], ...] = (
    ("assigned_us", INT64, None),
    ("closed_by", _DID, None),
    ("subject_type", code_text(16), "account"),
    ("collection", code_text(317), ""),
    ("wanted_queue_id", INT64, None),
    ("is_automated", _FLAG, sa.false()),
)
_INDEXES = (
    ("state", "updated_us"),
    ("assigned_to", "state"),
    ("queue_id", "state", "created_us"),
    ("created_us",),
    ("closed_us",),
)
_FILL = """
UPDATE report SET
  subject_type = (SELECT CASE WHEN s.record_path <> '' THEN 'record' WHEN s.convo_id <> '' THEN 'conversation'
                  ELSE 'account' END FROM subject s WHERE s.id = report.subject_id),
  collection = (SELECT s.collection FROM subject s WHERE s.id = report.subject_id)
"""


def upgrade() -> None:
    for name, kind, default in _COLUMNS:
        op.add_column("report", sa.Column(name, kind, nullable=default is None, server_default=default))
    op.execute(sa.text(_FILL))
    op.execute(sa.text("UPDATE report SET is_automated = :yes WHERE rule IS NOT NULL").bindparams(yes=True))
    op.drop_index("ix_report_queue_id_state_id", "report")
    for columns in _INDEXES:
        op.create_index(f"ix_report_{'_'.join(columns)}", "report", list(columns))
    _make_queues()
    _make_activities()


def downgrade() -> None:
    for table in ("report_stat", "report_activity", "report_assignment", "queue_assignment", "queue"):
        op.drop_table(table)
    for columns in _INDEXES:
        op.drop_index(f"ix_report_{'_'.join(columns)}", "report")
    op.create_index("ix_report_queue_id_state_id", "report", ["queue_id", "state", "id"])
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("report", name)


def _make_queues() -> None:
    op.create_table(
        "queue",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", prose(), nullable=False),
        sa.Column("subject_types_json", prose(), nullable=False),
        sa.Column("collection", code_text(317), nullable=True),
        sa.Column("report_types_json", prose(), nullable=False),
        sa.Column("description", prose(), nullable=True),
        sa.Column("policies_json", prose(), nullable=False),
        sa.Column("enabled", _FLAG, nullable=False),
        sa.Column("created_by", _DID, nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.Column("deleted_us", INT64, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_queue"),
    )
    _make_assignments("queue_assignment", "queue", sa.Column("end_us", INT64, nullable=False))
    _make_assignments(
        "report_assignment",
        "report",
        sa.Column("queue_id", INT64, nullable=True),
        sa.Column("end_us", INT64, nullable=True),
    )


def _make_assignments(name: str, of: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column(f"{of}_id", ROW_NUMBER, nullable=False),
        sa.Column("did", _DID, nullable=False),
        sa.Column("start_us", INT64, nullable=False),
        *columns,
        sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=f"fk_{name}_{of}_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{name}_{of}_id_end_us", name, [f"{of}_id", "end_us"])
    op.create_index(f"ix_{name}_did_end_us", name, ["did", "end_us"])


def _make_activities() -> None:
    op.create_table(
        "report_activity",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("report_id", ROW_NUMBER, nullable=False),
        sa.Column("type", code_text(32), nullable=False),
        sa.Column("previous_state", code_text(16), nullable=True),
        sa.Column("internal_note", prose(), nullable=True),
        sa.Column("public_note", prose(), nullable=True),
        sa.Column("meta_json", prose(), nullable=True),
        sa.Column("is_automated", _FLAG, nullable=False),
        sa.Column("created_by", _DID, nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_report_activity_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report_activity"),
    )
    for columns in (("report_id", "id"), ("type", "created_us"), ("created_us",)):
        op.create_index(f"ix_report_activity_{'_'.join(columns)}", "report_activity", list(columns))
    op.create_table(
        "report_stat",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("queue_id", INT64, autoincrement=False, nullable=False),
        sa.Column("reason_type", code_text(256), nullable=False),
        sa.Column("moderator", _DID, nullable=False),
        sa.Column("inbound", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("actioned", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("handling_s", INT64, nullable=False),
        sa.Column("worked_s", INT64, nullable=False),
        sa.Column("computed_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("day", "queue_id", "reason_type", "moderator", name="pk_report_stat"),
    )
