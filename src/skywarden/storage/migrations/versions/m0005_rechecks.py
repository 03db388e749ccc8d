"""Make the table of records that are to be looked at again."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, prose

revision = "m0005"
down_revision = "m0004"


def upgrade() -> None:
    op.create_table(
        "recheck",
        sa.Column("log_offset", INT64, autoincrement=False, nullable=False),
        sa.Column("after_us", INT64, autoincrement=False, nullable=False),
        sa.Column("rules_json", prose(), nullable=False),
        sa.Column("due_us", INT64, nullable=False),
        sa.Column("place", INT64, nullable=True),
        sa.PrimaryKeyConstraint("log_offset", "after_us", name="pk_recheck"),
    )
    op.create_index("ix_recheck_place_due_us", "recheck", ["place", "due_us"])


def downgrade() -> None:
    op.drop_table("recheck")
