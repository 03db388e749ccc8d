"""Make the tables of subjects, decisions, reports, breakers and the audit chain."""

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose

revision = "m0002"
down_revision = "m0001"


def upgrade() -> None:
    op.create_table(
        "subject",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("record_path", code_text(830), nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("cid", code_text(128), nullable=True),
        sa.Column("review", code_text(32), nullable=False),
        sa.Column("appealed", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("takendown", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("last_reported_us", INT64, nullable=True),
        sa.Column("last_appealed_us", INT64, nullable=True),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subject"),
        sa.UniqueConstraint("did", "record_path", name="uq_subject_did_record_path"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subject_review_last_reported_us", "subject", ["review", "last_reported_us"])
    op.create_index("ix_subject_uri", "subject", ["uri"])
    op.create_table(
        "subject_tag",
        sa.Column("subject_id", ROW_NUMBER, nullable=False),
        sa.Column("tag", code_text(256), nullable=False),
        sa.Column("added_us", INT64, nullable=False),
        sa.Column("expires_us", INT64, nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_subject_tag_subject_id"),
        sa.PrimaryKeyConstraint("subject_id", "tag", name="pk_subject_tag"),
    )
    op.create_index("ix_subject_tag_tag", "subject_tag", ["tag"])
    op.create_table(
        "subject_label",
        sa.Column("subject_id", ROW_NUMBER, nullable=False),
        sa.Column("val", code_text(128), nullable=False),
        sa.Column("cid", code_text(128), nullable=False),
        sa.Column("decision_id", INT64, nullable=False),
        sa.Column("expires_us", INT64, nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_subject_label_subject_id"),
        sa.PrimaryKeyConstraint("subject_id", "val", "cid", name="pk_subject_label"),
    )
    op.create_table(
        "decision",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("cause", code_text(128), nullable=False),
        sa.Column("kind", code_text(32), nullable=False),
        sa.Column("value", prose(), nullable=False),
        sa.Column("outcome", code_text(16), nullable=False),
        sa.Column("why", prose(), nullable=False),
        sa.Column("subject_id", ROW_NUMBER, nullable=False),
        sa.Column("cid", code_text(128), nullable=True),
        sa.Column("created_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("rule", code_text(200), nullable=True),
        sa.Column("comment", prose(), nullable=False),
        sa.Column("tool_json", prose(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_decision_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.UniqueConstraint("cause", name="uq_decision_cause"),
    )
    op.create_index("ix_decision_rule_id", "decision", ["rule", "id"])
    op.create_index("ix_decision_subject_id_id", "decision", ["subject_id", "id"])
    op.create_table(
        "report",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("decision_id", ROW_NUMBER, nullable=False),
        sa.Column("subject_id", ROW_NUMBER, nullable=False),
        sa.Column("reason_type", code_text(256), nullable=False),
        sa.Column("reported_by", code_text(2048), nullable=False),
        sa.Column("rule", code_text(200), nullable=True),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_report_decision_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_report_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("decision_id", name="uq_report_decision_id"),
    )
    op.create_index("ix_report_state_created_us", "report", ["state", "created_us"])
    op.create_index("ix_report_subject_id_state", "report", ["subject_id", "state"])
    op.create_table(
        "breaker",
        sa.Column("scope", code_text(256), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name="pk_breaker"),
    )
    op.create_table(
        "audit",
        sa.Column("number", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("at_us", INT64, nullable=False),
        sa.Column("actor", code_text(2048), nullable=False),
        sa.Column("action", code_text(64), nullable=False),
        sa.Column("target", code_text(2884), nullable=False),
        sa.Column("change_json", prose(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("breaker")
    op.drop_table("report")
    op.drop_table("decision")
    op.drop_table("subject_label")
    op.drop_table("subject_tag")
    op.drop_table("subject")
