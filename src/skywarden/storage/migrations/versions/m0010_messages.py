"""Find the events of one message, without which nobody may look at it."""

from alembic import op

revision = "m0010"
down_revision = "m0009"


def upgrade() -> None:
    op.create_index("ix_moderation_event_message_id", "moderation_event", ["message_id"])


def downgrade() -> None:
    op.drop_index("ix_moderation_event_message_id", "moderation_event")
