"""Make the table of tokens that were used up."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, code_text

revision = "m0012"
down_revision = "m0011"


def upgrade() -> None:
    op.create_table(
        "used_token",
        sa.Column("token", code_text(64), nullable=False),
        sa.Column("until_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_used_token"),
    )
    op.create_index("ix_used_token_until_us", "used_token", ["until_us"])


def downgrade() -> None:
    op.drop_table("used_token")
