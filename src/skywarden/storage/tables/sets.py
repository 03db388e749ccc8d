"""Tables of named sets: what people and rules put together under a name."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose, word_text
from skywarden.storage.tables.metadata import METADATA

SET_NAME_CHARACTERS = 160

VALUE_SET = Table(
    "value_set",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("name", word_text(SET_NAME_CHARACTERS), nullable=False),
    Column("description", prose()),
    Column("size", Integer, nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("name"),
    Index(None, "created_us"),
    Index(None, "updated_us"),
    sqlite_autoincrement=True,
)
"""One row a set; `size` counts its entries and is written with them."""

VALUE_SET_ENTRY = Table(
    "value_set_entry",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("set_id", ROW_NUMBER, ForeignKey("value_set.id"), nullable=False),
    Column("value_key", code_text(40), nullable=False),
    Column("value", prose(), nullable=False),
    Column("decision_id", INT64),
    Column("added_us", INT64, nullable=False),
    UniqueConstraint("set_id", "value_key"),
    Index(None, "set_id", "id"),
    Index(None, "value_key"),
    sqlite_autoincrement=True,
)
"""One row a value, in the order they came; `value_key` is made of the value (any text) by `value_key`.

`decision_id` is the decision of the rule that added it; null: a person did.
"""
