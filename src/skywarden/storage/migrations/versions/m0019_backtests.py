"""Make the tables of backtests."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose

revision = "m0019"
down_revision = "m0018"


def upgrade() -> None:
    op.create_table(
        "backtest",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("created_by", code_text(DID_BYTES), nullable=False),
        sa.Column("since_us", INT64, nullable=False),
        sa.Column("until_us", INT64, nullable=False),
        sa.Column("first_offset", INT64, nullable=False),
        sa.Column("end_offset", INT64, nullable=False),
        sa.Column("events", INT64, nullable=False),
        sa.Column("against", prose(), nullable=False),
        sa.Column("report_json", prose(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_backtest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "backtest_rule",
        sa.Column("backtest", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("hits", INT64, nullable=False),
        sa.PrimaryKeyConstraint("backtest", "rule", name="pk_backtest_rule"),
    )
    op.create_index("ix_backtest_rule_rule_version_backtest", "backtest_rule", ["rule", "version", "backtest"])


def downgrade() -> None:
    op.drop_table("backtest_rule")
    op.drop_table("backtest")
