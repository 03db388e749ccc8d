"""Make the tables of undo runs and their items."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose

revision = "m0018"
down_revision = "m0017"


def upgrade() -> None:
    _make_run()
    _make_item()


def _make_run() -> None:
    op.create_table(
        "undo_run",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=True),
        sa.Column("since_us", INT64, nullable=False),
        sa.Column("until_us", INT64, nullable=False),
        sa.Column("decision_id", INT64, nullable=True),
        sa.Column("of_run", ROW_NUMBER, nullable=True),
        sa.Column("reason", prose(), nullable=False),
        sa.Column("created_by", code_text(DID_BYTES), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.Column("ended_us", INT64, nullable=True),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("phase", code_text(16), nullable=False),
        sa.Column("place", INT64, nullable=False),
        sa.Column("upto", INT64, nullable=False),
        sa.Column("total", INT64, nullable=False),
        sa.Column("settled", INT64, nullable=False),
        sa.Column("looks", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_undo_run"),
    )
    op.create_index("ix_undo_run_state_id", "undo_run", ["state", "id"])
    op.create_index("ix_undo_run_of_run", "undo_run", ["of_run"])


def _make_item() -> None:
    op.create_table(
        "undo_item",
        sa.Column("run_id", ROW_NUMBER, nullable=False),
        sa.Column("decision_id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("subject_id", ROW_NUMBER, nullable=False),
        sa.Column("kind", code_text(32), nullable=False),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("why", code_text(32), nullable=False),
        sa.Column("kept_by", INT64, nullable=True),
        sa.Column("event_id", INT64, nullable=True),
        sa.Column("is_removed", sa.Boolean(create_constraint=False), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["undo_run.id"], name="fk_undo_item_run_id_undo_run"),
        sa.PrimaryKeyConstraint("run_id", "decision_id", name="pk_undo_item"),
    )
    columns = ["run_id", "state", "subject_id", "decision_id"]
    op.create_index("ix_undo_item_run_id_state_subject_id_decision_id", "undo_item", columns)
    op.create_index("ix_undo_item_subject_id_is_removed", "undo_item", ["subject_id", "is_removed"])


def downgrade() -> None:
    op.drop_table("undo_item")
    op.drop_table("undo_run")
