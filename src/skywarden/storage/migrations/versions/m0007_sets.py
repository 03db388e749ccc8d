"""Put the sets of rules and the sets of people into one pair of tables, whose values are any text."""

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose, word_text

revision = "m0007"
down_revision = "m0006"

_LIST = "add_to_list"
_LIST_NAMES = "list/"
_SET = "add_to_set"
_ROWS_AT_ONCE = 5_000
_OLD_VALUE_BYTES = 2_884
_OLD_NAME_CHARACTERS = 128
_OLD_PAGE = (
    "SELECT value, decision_id, added_us FROM named_set_entry"
    " WHERE set_id = :id AND value > :last ORDER BY value LIMIT :most"
)
_NEW_PAGE = (
    "SELECT id, value, decision_id, added_us FROM value_set_entry"
    " WHERE set_id = :id AND id > :last ORDER BY id LIMIT :most"
)
_INSERT_NEW = (
    "INSERT INTO value_set_entry (set_id, value_key, value, decision_id, added_us)"
    " VALUES (:id, :key, :value, :decision, :at)"
)
_INSERT_OLD = "INSERT INTO named_set_entry (set_id, value, decision_id, added_us) VALUES (:id, :value, :decision, :at)"


def upgrade() -> None:
    _make_new()
    for old, kind, name, created_us in _rows("SELECT id, kind, name, created_us FROM named_set ORDER BY id"):
        row = {"name": name if kind == _SET else _LIST_NAMES + name, "at": created_us}
        _run("INSERT INTO value_set (name, size, created_us, updated_us) VALUES (:name, 0, :at, :at)", row)
        [(new,)] = _rows("SELECT id FROM value_set WHERE name = :name", name=row["name"])
        _run("UPDATE value_set SET size = :size WHERE id = :id", {"id": new, "size": _copy_entries(old, new)})
    op.drop_table("named_set_entry")
    op.drop_table("named_set")


def downgrade() -> None:
    """Values and names that the old tables cannot hold (other than ASCII, or longer) are dropped."""
    _make_old()
    for new, name, created_us in _rows("SELECT id, name, created_us FROM value_set ORDER BY id"):
        kind, old_name = (_LIST, name[len(_LIST_NAMES) :]) if name.startswith(_LIST_NAMES) else (_SET, name)
        if not old_name.isascii() or len(old_name) > _OLD_NAME_CHARACTERS:
            continue
        row = {"kind": kind, "name": old_name, "at": created_us}
        _run("INSERT INTO named_set (kind, name, created_us) VALUES (:kind, :name, :at)", row)
        [(old,)] = _rows("SELECT id FROM named_set WHERE kind = :kind AND name = :name", kind=kind, name=old_name)
        _copy_back(new, old)
    op.drop_table("value_set_entry")
    op.drop_table("value_set")


def _copy_entries(old: int, new: int) -> int:
    """Copy a set's values in pages; return how many there are."""
    copied, last = 0, ""
    while page := _rows(_OLD_PAGE, id=old, last=last, most=_ROWS_AT_ONCE):
        rows = [
            {"id": new, "key": _key(value), "value": value, "decision": decision, "at": added_us}
            for value, decision, added_us in page
        ]
        _run(_INSERT_NEW, rows)
        copied, last = copied + len(page), page[-1][0]
    return copied


def _copy_back(new: int, old: int) -> None:
    last = 0
    while page := _rows(_NEW_PAGE, id=new, last=last, most=_ROWS_AT_ONCE):
        rows = [
            {"id": old, "value": value, "decision": decision or 0, "at": added_us}
            for _, value, decision, added_us in page
            if value.isascii() and len(value) <= _OLD_VALUE_BYTES
        ]
        if rows:
            _run(_INSERT_OLD, rows)
        last = page[-1][0]


def _key(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:40]


def _rows(query: str, **values: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in op.get_bind().execute(sa.text(query), values)]


def _run(statement: str, values: dict[str, object] | list[dict[str, object]]) -> None:
    op.get_bind().execute(sa.text(statement), values)


def _make_new() -> None:
    op.create_table(
        "value_set",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", word_text(160), nullable=False),
        sa.Column("description", prose(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("updated_us", INT64, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_value_set"),
        sa.UniqueConstraint("name", name="uq_value_set_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_value_set_created_us", "value_set", ["created_us"])
    op.create_index("ix_value_set_updated_us", "value_set", ["updated_us"])
    op.create_table(
        "value_set_entry",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("set_id", ROW_NUMBER, nullable=False),
        sa.Column("value_key", code_text(40), nullable=False),
        sa.Column("value", prose(), nullable=False),
        sa.Column("decision_id", INT64, nullable=True),
        sa.Column("added_us", INT64, nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["value_set.id"], name="fk_value_set_entry_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_value_set_entry"),
        sa.UniqueConstraint("set_id", "value_key", name="uq_value_set_entry_set_id_value_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_value_set_entry_set_id_id", "value_set_entry", ["set_id", "id"])
    op.create_index("ix_value_set_entry_value_key", "value_set_entry", ["value_key"])


def _make_old() -> None:
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
