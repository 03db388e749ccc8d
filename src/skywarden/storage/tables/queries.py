"""Tables of what analysts ask: questions that they keep, and a history of all that were asked."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose, word_text
from skywarden.storage.tables.metadata import METADATA

QUERY_NAME_CHARACTERS = 100

SAVED_QUERY = Table(
    "saved_query",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("owner", code_text(DID_BYTES), nullable=False),
    Column("name", word_text(QUERY_NAME_CHARACTERS), nullable=False),
    Column("about", prose(), nullable=False),
    Column("is_shared", Boolean(create_constraint=False), nullable=False),
    Column("request_json", prose(), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("owner", "name"),
    sqlite_autoincrement=True,
)
"""A question with a name; others see those that are shared."""

QUERY_RUN = Table(
    "query_run",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("kind", code_text(16), nullable=False),
    Column("request_json", prose(), nullable=False),
    Column("started_us", INT64, nullable=False),
    Column("took_us", INT64, nullable=False),
    Column("row_count", INT64, nullable=False),
    Column("outcome", code_text(64), nullable=False),
    Index(None, "created_by", "id"),
    Index(None, "started_us"),
    sqlite_autoincrement=True,
)
"""Somebody asked something; `outcome` is ok, or the reason of the refusal."""
