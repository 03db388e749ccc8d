"""Make the tables of background jobs, of pushes to other services and of scheduled actions."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text, prose

revision = "m0008"
down_revision = "m0007"


def upgrade() -> None:
    _make_job()
    _make_push()
    _make_scheduled_action()


def _make_job() -> None:
    op.create_table(
        "job",
        sa.Column("name", code_text(64), nullable=False),
        sa.Column("every_us", INT64, nullable=False),
        sa.Column("next_us", INT64, nullable=False),
        sa.Column("lease_owner", code_text(200), nullable=True),
        sa.Column("lease_until_us", INT64, nullable=True),
        sa.Column("last_start_us", INT64, nullable=True),
        sa.Column("last_ok_us", INT64, nullable=True),
        sa.Column("last_error", prose(), nullable=False),
        sa.Column("runs", INT64, nullable=False),
        sa.Column("failed_runs", INT64, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("done", INT64, nullable=False),
        sa.Column("cursor_json", prose(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_job"),
    )


def _make_push() -> None:
    op.create_table(
        "push",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("decision_id", INT64, nullable=False),
        sa.Column("target", code_text(16), nullable=False),
        sa.Column("kind", code_text(16), nullable=False),
        sa.Column("lane", code_text(32), nullable=False),
        sa.Column("did", code_text(DID_BYTES), nullable=False),
        sa.Column("uri", code_text(URI_BYTES), nullable=False),
        sa.Column("blob_cid", code_text(128), nullable=False),
        sa.Column("body_json", prose(), nullable=False),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_us", INT64, nullable=False),
        sa.Column("last_error", prose(), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("ended_us", INT64, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_push"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_push_target_state_next_us_id", "push", ["target", "state", "next_us", "id"])
    op.create_index("ix_push_lane_state_id", "push", ["lane", "state", "id"])
    op.create_index("ix_push_uri", "push", ["uri"])
    op.create_index("ix_push_decision_id", "push", ["decision_id"])


def _make_scheduled_action() -> None:
    op.create_table(
        "scheduled_action",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("action", code_text(32), nullable=False),
        sa.Column("did", code_text(DID_BYTES), nullable=False),
        sa.Column("pending_did", code_text(DID_BYTES), nullable=True),
        sa.Column("event_json", prose(), nullable=False),
        sa.Column("execute_at_us", INT64, nullable=True),
        sa.Column("execute_after_us", INT64, nullable=True),
        sa.Column("execute_until_us", INT64, nullable=True),
        sa.Column("randomize", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("due_us", INT64, nullable=False),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("created_by", code_text(DID_BYTES), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.Column("executed_us", INT64, nullable=True),
        sa.Column("last_failure", prose(), nullable=False),
        sa.Column("event_id", INT64, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_action"),
        sa.UniqueConstraint("action", "pending_did", name="uq_scheduled_action_action_pending_did"),
    )
    op.create_index("ix_scheduled_action_state_due_us", "scheduled_action", ["state", "due_us"])
    op.create_index("ix_scheduled_action_did_id", "scheduled_action", ["did", "id"])


def downgrade() -> None:
    op.drop_table("scheduled_action")
    op.drop_table("push")
    op.drop_table("job")
