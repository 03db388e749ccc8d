"""Make room for every kind of effect: options and due times, terms, sets, deliveries, breakers by hour."""

import json

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose

revision = "m0004"
down_revision = "m0003"

_SUBJECT_COLUMNS = ("takedown_until_us", "takedown_decision_id", "muted_until_us", "mute_decision_id")
_SUBJECT_INDEXES = ("takedown_until_us", "muted_until_us")
_DECISION_COLUMNS = (("event_us", INT64), ("expires_us", INT64), ("caused_by_json", prose()))


def upgrade() -> None:
    _effects_get_options()
    op.create_table(
        "secret",
        sa.Column("name", code_text(64), nullable=False),
        sa.Column("value", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secret"),
    )
    for name in _SUBJECT_COLUMNS:
        op.add_column("subject", sa.Column(name, INT64, nullable=True))
    for name in _SUBJECT_INDEXES:
        op.create_index(f"ix_subject_{name}", "subject", [name])
    op.add_column("subject_tag", sa.Column("decision_id", INT64, nullable=True))
    for table in ("subject_tag", "subject_label"):
        op.create_index(f"ix_{table}_expires_us", table, ["expires_us"])
    for name, kind in _DECISION_COLUMNS:
        op.add_column("decision", sa.Column(name, kind, nullable=True))
    op.create_index("ix_decision_subject_id_event_us", "decision", ["subject_id", "event_us"])
    used = _rows("SELECT scope, day, used FROM breaker")
    op.drop_table("breaker")
    breaker = op.create_table(
        "breaker",
        sa.Column("scope", code_text(256), nullable=False),
        sa.Column("span", code_text(8), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "span", "period", name="pk_breaker"),
    )
    if used:
        op.bulk_insert(breaker, [{"scope": s, "span": "day", "period": day, "used": u} for s, day, u in used])
    _make_sets()
    _make_deliveries()


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("named_set_entry")
    op.drop_table("named_set")
    used = _rows("SELECT scope, period, used FROM breaker WHERE span = 'day'")
    op.drop_table("breaker")
    breaker = op.create_table(
        "breaker",
        sa.Column("scope", code_text(256), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name="pk_breaker"),
    )
    if used:
        op.bulk_insert(breaker, [{"scope": s, "day": day, "used": u} for s, day, u in used])
    op.drop_index("ix_decision_subject_id_event_us", "decision")
    for name, _ in _DECISION_COLUMNS:
        op.drop_column("decision", name)
    for table in ("subject_tag", "subject_label"):
        op.drop_index(f"ix_{table}_expires_us", table)
    op.drop_column("subject_tag", "decision_id")
    for name in _SUBJECT_INDEXES:
        op.drop_index(f"ix_subject_{name}", "subject")
    for name in _SUBJECT_COLUMNS:
        op.drop_column("subject", name)
    op.drop_table("secret")
    _effects_lose_options()


def _rows(query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in op.get_bind().execute(sa.text(query))]


def _effects_get_options() -> None:
    op.add_column("effect", sa.Column("options_json", prose(), nullable=False, server_default="{}"))
    op.add_column("effect", sa.Column("due_us", INT64, nullable=False, server_default="0"))
    for number, limit in _rows("SELECT number, limit_per_day FROM effect WHERE limit_per_day IS NOT NULL"):
        options = json.dumps({"limits": {"per_day": limit}})
        op.get_bind().execute(
            sa.text("UPDATE effect SET options_json = :options WHERE number = :number"),
            {"options": options, "number": number},
        )
    op.drop_column("effect", "limit_per_day")
    op.drop_index("ix_effect_decided_number", "effect")
    op.create_index("ix_effect_decided_due_us_number", "effect", ["decided", "due_us", "number"])


def _effects_lose_options() -> None:
    op.add_column("effect", sa.Column("limit_per_day", sa.Integer(), nullable=True))
    for number, options in _rows("SELECT number, options_json FROM effect"):
        limit = json.loads(str(options)).get("limits", {}).get("per_day")
        op.get_bind().execute(
            sa.text("UPDATE effect SET limit_per_day = :limit WHERE number = :number"),
            {"limit": limit, "number": number},
        )
    op.drop_index("ix_effect_decided_due_us_number", "effect")
    op.create_index("ix_effect_decided_number", "effect", ["decided", "number"])
    op.drop_column("effect", "due_us")
    op.drop_column("effect", "options_json")


def _make_sets() -> None:
    op.create_table(
        "named_set",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", code_text(32), nullable=False),
        sa.Column("name", code_text(128), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_named_set"),
        sa.UniqueConstraint("kind", "name", name="uq_named_set_kind_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "named_set_entry",
        sa.Column("set_id", ROW_NUMBER, nullable=False),
        sa.Column("value", code_text(2884), nullable=False),
        sa.Column("decision_id", INT64, nullable=False),
        sa.Column("added_us", INT64, nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["named_set.id"], name="fk_named_set_entry_set_id"),
        sa.PrimaryKeyConstraint("set_id", "value", name="pk_named_set_entry"),
    )
    op.create_index("ix_named_set_entry_value", "named_set_entry", ["value"])


def _make_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("number", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("decision_id", INT64, nullable=False),
        sa.Column("hook", code_text(128), nullable=False),
        sa.Column("body_json", prose(), nullable=False),
        sa.Column("state", code_text(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_us", INT64, nullable=False),
        sa.Column("last_error", prose(), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_delivery"),
        sa.UniqueConstraint("decision_id", name="uq_delivery_decision_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_state_next_us", "delivery", ["state", "next_us"])
