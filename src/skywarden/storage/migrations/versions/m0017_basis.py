"""Keep what each answer to a proposal was made on, so that it can be made once more; find proposals by their event."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import prose

revision = "m0017"
down_revision = "m0016"


def upgrade() -> None:
    op.add_column("decision", sa.Column("basis_json", prose(), nullable=True))
    op.create_index("ix_effect_log_offset", "effect", ["log_offset"])


def downgrade() -> None:
    op.drop_index("ix_effect_log_offset", "effect")
    op.drop_column("decision", "basis_json")
