"""Tables of what a team keeps at hand: its members, templates, options, safe links and verifications."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text, prose, word_text
from skywarden.storage.tables.metadata import METADATA

TEMPLATE_NAME_CHARACTERS = 512

TEAM_MEMBER = Table(
    "team_member",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("role", code_text(16), nullable=False),
    Column("disabled", Boolean(create_constraint=False), nullable=False),
    Column("handle", prose()),
    Column("display_name", prose()),
    Column("last_updated_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("did"),
    sqlite_autoincrement=True,
)
"""Who may do what; handle and display name are copies from the network, for searching."""

TEMPLATE = Table(
    "template",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("name", word_text(TEMPLATE_NAME_CHARACTERS), nullable=False),
    Column("subject", prose()),
    Column("content", prose(), nullable=False),
    Column("lang", code_text(128)),
    Column("disabled", Boolean(create_constraint=False), nullable=False),
    Column("last_updated_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
"""E-mails that moderators send, in Markdown."""

SETTING_OPTION = Table(
    "setting_option",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("scope", code_text(16), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("key", code_text(317), nullable=False),
    Column("value_json", prose(), nullable=False),
    Column("description", prose()),
    Column("manager_role", code_text(16)),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("last_updated_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("scope", "did", "key"),
    sqlite_autoincrement=True,
)
"""Options of the whole instance (`did` is the service's) and of single moderators; `manager_role` null: anybody's."""

SAFELINK_RULE = Table(
    "safelink_rule",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("url_key", code_text(40), nullable=False),
    Column("url", prose(), nullable=False),
    Column("pattern", code_text(16), nullable=False),
    Column("action", code_text(16), nullable=False),
    Column("reason", code_text(16), nullable=False),
    Column("comment", prose()),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("url_key", "pattern"),
)
"""What is to happen to links to a URL or a domain; the id is that of the event that added it."""

SAFELINK_EVENT = Table(
    "safelink_event",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("event_type", code_text(16), nullable=False),
    Column("url_key", code_text(40), nullable=False),
    Column("url", prose(), nullable=False),
    Column("pattern", code_text(16), nullable=False),
    Column("action", code_text(16), nullable=False),
    Column("reason", code_text(16), nullable=False),
    Column("comment", prose()),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Index(None, "url_key", "id"),
)
"""Every change of a rule, numbered in the order of commits, so that a reader who follows it misses none."""

VERIFICATION = Table(
    "verification",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128), nullable=False),
    Column("issuer", code_text(DID_BYTES), nullable=False),
    Column("subject", code_text(DID_BYTES), nullable=False),
    Column("handle", code_text(253), nullable=False),
    Column("display_name", prose(), nullable=False),
    Column("created_at", code_text(64), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("revoke_reason", prose()),
    Column("revoked_us", INT64),
    Column("revoked_by", code_text(DID_BYTES)),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("uri"),
    Index(None, "issuer", "created_us"),
    Index(None, "subject", "created_us"),
    Index(None, "created_us"),
    sqlite_autoincrement=True,
)
"""Verification records of issuers, ours and those that are indexed; `created_at` is the record's own text."""
