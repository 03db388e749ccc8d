"""Make the tables of jobs over the warehouse."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose

revision = "m0023"
down_revision = "m0022"


def upgrade() -> None:
    op.create_table(
        "job_run",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("job", code_text(64), nullable=False),
        sa.Column("window_start_us", INT64, nullable=False),
        sa.Column("window_stop_us", INT64, nullable=False),
        sa.Column("code_version", code_text(64), nullable=False),
        sa.Column("inputs_json", prose(), nullable=False),
        sa.Column("manifest_in", INT64, nullable=False),
        sa.Column("manifest_out", INT64, nullable=False),
        sa.Column("rows_in", INT64, nullable=False),
        sa.Column("rows_out", INT64, nullable=False),
        sa.Column("proposed", INT64, nullable=False),
        sa.Column("began_us", INT64, nullable=False),
        sa.Column("took_us", INT64, nullable=False),
        sa.Column("status", code_text(16), nullable=False),
        sa.Column("detail", prose(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_job_run"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_run_job_window_start_us_number", "job_run", ["job", "window_start_us", "number"])
    op.create_table(
        "quality_check",
        sa.Column("table_name", code_text(64), nullable=False),
        sa.Column("check_name", code_text(64), nullable=False),
        sa.Column("item", code_text(128), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("is_good", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("detail", prose(), nullable=False),
        sa.Column("checked_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("table_name", "check_name", "item", name="pk_quality_check"),
    )


def downgrade() -> None:
    op.drop_table("quality_check")
    op.drop_table("job_run")
