"""Make the tables of who is signed in to the console."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, code_text

revision = "m0016"
down_revision = "m0015"


def upgrade() -> None:
    op.create_table(
        "console_session",
        sa.Column("token_hash", code_text(64), nullable=False),
        sa.Column("did", code_text(DID_BYTES), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("seen_us", INT64, nullable=False),
        sa.Column("until_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_console_session"),
    )
    op.create_index("ix_console_session_until_us", "console_session", ["until_us"])
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", code_text(64), nullable=False),
        sa.Column("did", code_text(DID_BYTES), nullable=False),
        sa.Column("until_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_link"),
    )
    op.create_index("ix_sign_in_link_until_us", "sign_in_link", ["until_us"])


def downgrade() -> None:
    op.drop_table("sign_in_link")
    op.drop_table("console_session")
