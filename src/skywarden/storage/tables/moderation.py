"""Tables of breakers, messages to webhooks and the audit chain."""

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text, prose, short_bytes
from skywarden.storage.tables.metadata import METADATA

BREAKER = Table(
    "breaker",
    METADATA,
    Column("scope", code_text(256), primary_key=True),
    Column("span", code_text(8), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
)
"""Actions taken per scope (`rule:NAME`) and event-time UTC hour or day (numbered since 1970)."""

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("decision_id", INT64, nullable=False),
    Column("hook", code_text(128), nullable=False),
    Column("body_json", prose(), nullable=False),
    Column("state", code_text(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_us", INT64, nullable=False),
    Column("last_error", prose(), nullable=False),
    Column("created_us", INT64, nullable=False),
    UniqueConstraint("decision_id"),
    Index(None, "state", "next_us"),
    sqlite_autoincrement=True,
)
"""Messages for webhooks: `waiting` until `next_us`, then `sent`, or `failed` when nobody will try again."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("at_us", INT64, nullable=False),
    Column("actor", code_text(DID_BYTES), nullable=False),
    Column("action", code_text(64), nullable=False),
    Column("target", code_text(URI_BYTES), nullable=False),
    Column("change_json", prose(), nullable=False),
    Column("hash", short_bytes(32), nullable=False),
)
"""Every change, each row's hash covering the row and the hash before it."""
