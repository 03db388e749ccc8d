"""Make the tables of rule versions and of reviews of shadow hits, and tell shadow hits from those that acted."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose

revision = "m0015"
down_revision = "m0014"


def upgrade() -> None:
    op.add_column(
        "hit", sa.Column("is_shadow", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false())
    )
    op.add_column("rule_tally", sa.Column("shadow_hits", INT64, nullable=False, server_default="0"))
    op.create_table(
        "rule_text",
        sa.Column("digest", code_text(64), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", prose(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "part", name="pk_rule_text"),
    )
    _make_versions()
    _make_reviews()


def _make_versions() -> None:
    op.create_table(
        "rule_version",
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("author", code_text(DID_BYTES), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("previous", code_text(64), nullable=True),
        sa.Column("files_json", prose(), nullable=False),
        sa.Column("evidence_json", prose(), nullable=False),
        sa.Column("in_folder", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("rule", "version", name="pk_rule_version"),
    )
    op.create_index("ix_rule_version_state", "rule_version", ["state"])
    op.create_table(
        "rule_change",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("action", code_text(16), nullable=False),
        sa.Column("from_state", code_text(16), nullable=True),
        sa.Column("to_state", code_text(16), nullable=False),
        sa.Column("actor", code_text(DID_BYTES), nullable=False),
        sa.Column("at_us", INT64, nullable=False),
        sa.Column("reason", prose(), nullable=False),
        sa.Column("evidence_json", prose(), nullable=False),
        sa.Column("diff", prose(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rule_change_rule_number", "rule_change", ["rule", "number"])


def _make_reviews() -> None:
    op.create_table(
        "rule_sample",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("rule", code_text(200), nullable=False),
        sa.Column("version", code_text(64), nullable=False),
        sa.Column("log_offset", INT64, nullable=False),
        sa.Column("place", INT64, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_sample"),
        sqlite_autoincrement=True,
    )
    hit = ["rule", "version", "log_offset"]
    op.create_index("ix_rule_sample_rule_version_log_offset", "rule_sample", hit, unique=True)
    op.create_index("ix_rule_sample_rule_version_place", "rule_sample", ["rule", "version", "place"])
    op.create_table(
        "rule_review",
        sa.Column("sample_number", INT64, autoincrement=False, nullable=False),
        sa.Column("reviewer", code_text(250), nullable=False),
        sa.Column("verdict", code_text(8), nullable=False),
        sa.Column("at_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("sample_number", "reviewer", name="pk_rule_review"),
    )


def downgrade() -> None:
    for table in ("rule_review", "rule_sample", "rule_change", "rule_version", "rule_text"):
        op.drop_table(table)
    op.drop_column("rule_tally", "shadow_hits")
    op.drop_column("hit", "is_shadow")
