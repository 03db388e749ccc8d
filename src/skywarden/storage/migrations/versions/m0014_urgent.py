"""Find the most urgent subjects of a review state by an index."""

from alembic import op

revision = "m0014"
down_revision = "m0013"

_NAME = "ix_subject_review_priority_score_id"


def upgrade() -> None:
    op.create_index(_NAME, "subject", ["review", "priority_score", "id"])


def downgrade() -> None:
    op.drop_index(_NAME, "subject")
