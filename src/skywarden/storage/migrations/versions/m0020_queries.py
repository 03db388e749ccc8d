"""Make the tables of saved queries and of what was asked, and an index that finds an account's hits."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose, word_text

revision = "m0020"
down_revision = "m0019"

_HITS = "ix_hit_did_log_offset"


def upgrade() -> None:
    op.create_table(
        "saved_query",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("owner", code_text(DID_BYTES), nullable=False),
        sa.Column("name", word_text(100), nullable=False),
        sa.Column("about", prose(), nullable=False),
        sa.Column("is_shared", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("request_json", prose(), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_query"),
        sa.UniqueConstraint("owner", "name", name="uq_saved_query_owner_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "query_run",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("created_by", code_text(DID_BYTES), nullable=False),
        sa.Column("kind", code_text(16), nullable=False),
        sa.Column("request_json", prose(), nullable=False),
        sa.Column("started_us", INT64, nullable=False),
        sa.Column("took_us", INT64, nullable=False),
        sa.Column("row_count", INT64, nullable=False),
        sa.Column("outcome", code_text(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_query_run"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_query_run_created_by_id", "query_run", ["created_by", "id"])
    op.create_index("ix_query_run_started_us", "query_run", ["started_us"])
    op.create_index(_HITS, "hit", ["did", "log_offset"])


def downgrade() -> None:
    op.drop_index(_HITS, "hit")
    op.drop_table("query_run")
    op.drop_table("saved_query")
