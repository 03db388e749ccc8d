"""Tables of what the engine found and proposed, and how far it has read."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint, false

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text, prose, short_bytes
from skywarden.storage.tables.metadata import METADATA

CONSUMER_OFFSET = Table(
    "consumer_offset",
    METADATA,
    Column("consumer", code_text(64), primary_key=True),
    Column("log_offset", INT64, nullable=False),
)
"""Offset after the last event whose hits and effects are durable (INV-2)."""

HIT = Table(
    "hit",
    METADATA,
    Column("log_offset", INT64, primary_key=True, autoincrement=False),
    Column("rule", code_text(200), primary_key=True),
    Column("version", code_text(64), primary_key=True),
    Column("time_us", INT64, nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("reason", prose(), nullable=False),
    Column("values_json", prose(), nullable=False),
    Column("is_shadow", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Index(None, "did", "log_offset"),
)
"""A rule was true for an event; what is_shadow had no effect."""

RULE_TALLY = Table(
    "rule_tally",
    METADATA,
    Column("rule", code_text(200), primary_key=True),
    Column("version", code_text(64), primary_key=True),
    Column("hits", INT64, nullable=False),
    Column("last_hit_us", INT64, nullable=False),
    Column("shadow_hits", INT64, nullable=False, server_default="0"),
)
"""Hits per rule version that acted and that did not, counted with the hits, so that a page need not count them."""

EFFECT = Table(
    "effect",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("effect_id", code_text(64), nullable=False),
    Column("rule", code_text(200), nullable=False),
    Column("version", code_text(64), nullable=False),
    Column("log_offset", INT64, nullable=False),
    Column("time_us", INT64, nullable=False),
    Column("kind", code_text(32), nullable=False),
    Column("value", prose(), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128)),
    Column("reason", prose(), nullable=False),
    Column("values_json", prose(), nullable=False),
    Column("options_json", prose(), nullable=False),
    Column("due_us", INT64, nullable=False),
    Column("decided", Boolean(create_constraint=False), nullable=False),
    UniqueConstraint("effect_id"),
    Index(None, "decided", "due_us", "number"),
    Index(None, "log_offset"),
    sqlite_autoincrement=True,
)
"""The outbox: one row per proposal; `decided` turns true in the transaction that writes its decision.

`options_json` holds its options, its rule's limits and the rules that led to it; before `due_us` it is not decided.
"""

RECHECK = Table(
    "recheck",
    METADATA,
    Column("log_offset", INT64, primary_key=True, autoincrement=False),
    Column("after_us", INT64, primary_key=True, autoincrement=False),
    Column("rules_json", prose(), nullable=False),
    Column("due_us", INT64, nullable=False),
    Column("place", INT64),
    Index(None, "place", "due_us"),
)
"""Records that rules will look at again; `place` is their number among the due ones, null until then."""

SECRET = Table(
    "secret",
    METADATA,
    Column("name", code_text(64), primary_key=True),
    Column("value", short_bytes(32), nullable=False),
)
"""Random bytes that every process of this database must share; made when first needed."""
