"""Make the tables of asked and published labels, signing keys and counters."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text

revision = "m0003"
down_revision = "m0002"


def upgrade() -> None:
    op.create_table(
        "label_request",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("cause", code_text(64), nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("cid", code_text(128), nullable=True),
        sa.Column("val", code_text(128), nullable=False),
        sa.Column("neg", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("expires_us", INT64, nullable=True),
        sa.Column("created_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_label_request"),
        sa.UniqueConstraint("cause", name="uq_label_request_cause"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "signing_key",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("did_key", code_text(256), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
        sa.UniqueConstraint("did_key", name="uq_signing_key_did_key"),
    )
    op.create_table(
        "label",
        sa.Column("seq", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("cause", code_text(64), nullable=False),
        sa.Column("src", code_text(2048), nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("cid", code_text(128), nullable=True),
        sa.Column("val", code_text(128), nullable=False),
        sa.Column("neg", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("cts", code_text(32), nullable=False),
        sa.Column("exp", code_text(32), nullable=True),
        sa.Column("expires_us", INT64, nullable=True),
        sa.Column("sig", sa.LargeBinary(64), nullable=False),
        sa.Column("signing_key_id", ROW_NUMBER, nullable=False),
        sa.Column("superseded_by", INT64, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_label"),
        sa.UniqueConstraint("cause", name="uq_label_cause"),
    )
    op.create_index("ix_label_uri_seq", "label", ["uri", "seq"])
    op.create_table(
        "counter",
        sa.Column("name", code_text(64), nullable=False),
        sa.Column("number", INT64, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )


def downgrade() -> None:
    op.drop_table("counter")
    op.drop_table("label")
    op.drop_table("signing_key")
    op.drop_table("label_request")
