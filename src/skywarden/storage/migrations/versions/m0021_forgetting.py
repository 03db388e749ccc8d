"""Make the tables of content that is to be blanked, and of the evidence that stays."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text

revision = "m0021"
down_revision = "m0020"


def upgrade() -> None:
    op.create_table(
        "forget_request",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("uri", code_text(URI_BYTES), nullable=False),
        sa.Column("why", code_text(32), nullable=False),
        sa.Column("asked_by", code_text(DID_BYTES), nullable=False),
        sa.Column("asked_us", INT64, nullable=False),
        sa.Column("done_us", INT64),
        sa.Column("rows", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forget_request"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_forget_request_done_us_id", "forget_request", ["done_us", "id"])
    op.create_table(
        "tombstone",
        sa.Column("decision_id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("request_id", ROW_NUMBER, nullable=False),
        sa.Column("did", code_text(DID_BYTES), nullable=False),
        sa.Column("kind", code_text(32), nullable=False),
        sa.Column("outcome", code_text(16), nullable=False),
        sa.Column("rule", code_text(200)),
        sa.Column("version", code_text(64)),
        sa.Column("log_offset", INT64),
        sa.Column("values_hash", code_text(64), nullable=False),
        sa.Column("kept_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_tombstone"),
    )
    op.create_index("ix_tombstone_did", "tombstone", ["did"])


def downgrade() -> None:
    op.drop_table("tombstone")
    op.drop_table("forget_request")
