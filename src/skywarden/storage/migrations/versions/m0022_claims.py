"""Make the table of who has which subject on their desk."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, URI_BYTES, code_text

revision = "m0022"
down_revision = "m0021"


def upgrade() -> None:
    op.create_table(
        "subject_claim",
        sa.Column("uri", code_text(URI_BYTES), nullable=False),
        sa.Column("did", code_text(DID_BYTES), nullable=False),
        sa.Column("until_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("uri", name="pk_subject_claim"),
    )
    op.create_index("ix_subject_claim_until_us", "subject_claim", ["until_us"])


def downgrade() -> None:
    op.drop_table("subject_claim")
