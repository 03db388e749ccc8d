"""Let labels be found by the time at which they were made."""

from alembic import op

revision = "m0013"
down_revision = "m0012"


def upgrade() -> None:
    op.create_index("ix_label_cts_seq", "label", ["cts", "seq"])


def downgrade() -> None:
    op.drop_index("ix_label_cts_seq", "label")
