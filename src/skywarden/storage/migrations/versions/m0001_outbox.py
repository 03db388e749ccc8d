"""Make the tables of hits, effects and the offset they reach."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose

revision = "m0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "consumer_offset",
        sa.Column("consumer", code_text(64), nullable=False),
        sa.Column("log_offset", INT64, nullable=False),
        sa.PrimaryKeyConstraint("consumer", name="pk_consumer_offset"),
    )
    op.create_table(
        "hit",
        sa.Column("log_offset", INT64, autoincrement=False, nullable=False),
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("time_us", INT64, nullable=False),
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("reason", prose(), nullable=False),
        sa.Column("values_json", prose(), nullable=False),
        sa.PrimaryKeyConstraint("log_offset", "rule", "version", name="pk_hit"),
    )
    op.create_table(
        "rule_tally",
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("hits", INT64, nullable=False),
        sa.Column("last_hit_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("rule", "version", name="pk_rule_tally"),
    )
    op.create_table(
        "effect",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("effect_id", code_text(64), nullable=False),
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("log_offset", INT64, nullable=False),
        sa.Column("time_us", INT64, nullable=False),
        sa.Column("kind", code_text(32), nullable=False),
        sa.Column("value", prose(), nullable=False),
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("cid", code_text(128), nullable=True),
        sa.Column("reason", prose(), nullable=False),
        sa.Column("values_json", prose(), nullable=False),
        sa.Column("limit_per_day", sa.Integer(), nullable=True),
        sa.Column("decided", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_effect"),
        sa.UniqueConstraint("effect_id", name="uq_effect_effect_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_effect_decided_number", "effect", ["decided", "number"])


def downgrade() -> None:
    op.drop_table("effect")
    op.drop_table("rule_tally")
    op.drop_table("hit")
    op.drop_table("consumer_offset")
