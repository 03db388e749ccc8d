"""Make room for what a team keeps at hand: members, templates, options, safe links, verifications."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose, word_text

revision = "m0006"
down_revision = "m0005"

_TABLES = ("team_member", "template", "setting_option", "safelink_rule", "safelink_event", "verification")


def upgrade() -> None:
    _team()
    _safelinks()
    _verifications()


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)


def _team() -> None:
    op.create_table(
        "team_member",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("role", code_text(16), nullable=False),
        sa.Column("disabled", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("handle", prose(), nullable=True),
        sa.Column("display_name", prose(), nullable=True),
        sa.Column("last_updated_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team_member"),
        sa.UniqueConstraint("did", name="uq_team_member_did"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "template",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", word_text(512), nullable=False),
        sa.Column("subject", prose(), nullable=True),
        sa.Column("content", prose(), nullable=False),
        sa.Column("lang", code_text(128), nullable=True),
        sa.Column("disabled", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("last_updated_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template"),
        sa.UniqueConstraint("name", name="uq_template_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "setting_option",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("scope", code_text(16), nullable=False),
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("key", code_text(317), nullable=False),
        sa.Column("value_json", prose(), nullable=False),
        sa.Column("description", prose(), nullable=True),
        sa.Column("manager_role", code_text(16), nullable=True),
        sa.Column("created_by", code_text(2048), nullable=False),
        sa.Column("last_updated_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_setting_option"),
        sa.UniqueConstraint("scope", "did", "key", name="uq_setting_option_scope_did_key"),
        sqlite_autoincrement=True,
    )


def _safelinks() -> None:
    op.create_table(
        "safelink_rule",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("url_key", code_text(40), nullable=False),
        sa.Column("url", prose(), nullable=False),
        sa.Column("pattern", code_text(16), nullable=False),
        sa.Column("action", code_text(16), nullable=False),
        sa.Column("reason", code_text(16), nullable=False),
        sa.Column("comment", prose(), nullable=True),
        sa.Column("created_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_safelink_rule"),
        sa.UniqueConstraint("url_key", "pattern", name="uq_safelink_rule_url_key_pattern"),
    )
    op.create_table(
        "safelink_event",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("event_type", code_text(16), nullable=False),
        sa.Column("url_key", code_text(40), nullable=False),
        sa.Column("url", prose(), nullable=False),
        sa.Column("pattern", code_text(16), nullable=False),
        sa.Column("action", code_text(16), nullable=False),
        sa.Column("reason", code_text(16), nullable=False),
        sa.Column("comment", prose(), nullable=True),
        sa.Column("created_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_safelink_event"),
    )
    op.create_index("ix_safelink_event_url_key_id", "safelink_event", ["url_key", "id"])


def _verifications() -> None:
    op.create_table(
        "verification",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("cid", code_text(128), nullable=False),
        sa.Column("issuer", code_text(2048), nullable=False),
        sa.Column("subject", code_text(2048), nullable=False),
        sa.Column("handle", code_text(253), nullable=False),
        sa.Column("display_name", prose(), nullable=False),
        sa.Column("created_at", code_text(64), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("revoke_reason", prose(), nullable=True),
        sa.Column("revoked_us", INT64, nullable=True),
        sa.Column("revoked_by", code_text(2048), nullable=True),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
        sa.UniqueConstraint("uri", name="uq_verification_uri"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verification_created_us", "verification", ["created_us"])
    op.create_index("ix_verification_issuer_created_us", "verification", ["issuer", "created_us"])
    op.create_index("ix_verification_subject_created_us", "verification", ["subject", "created_us"])
