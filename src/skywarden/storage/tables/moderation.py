"""Tables of decisions, what they made of each subject, reports, breakers and the audit chain."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, UniqueConstraint

from skywarden.storage.columns import (
    DID_BYTES,
    INT64,
    LABEL_VALUE_BYTES,
    RECORD_PATH_BYTES,
    ROW_NUMBER,
    URI_BYTES,
    code_text,
    prose,
)
from skywarden.storage.tables.metadata import METADATA

SUBJECT = Table(
    "subject",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("record_path", code_text(RECORD_PATH_BYTES), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128)),
    Column("review", code_text(32), nullable=False),
    Column("appealed", Boolean(create_constraint=False), nullable=False),
    Column("takendown", Boolean(create_constraint=False), nullable=False),
    Column("last_reported_us", INT64),
    Column("last_appealed_us", INT64),
    Column("takedown_until_us", INT64),
    Column("takedown_decision_id", INT64),
    Column("muted_until_us", INT64),
    Column("mute_decision_id", INT64),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("did", "record_path"),
    Index(None, "uri"),
    Index(None, "takedown_until_us"),
    Index(None, "muted_until_us"),
    Index(None, "review", "last_reported_us"),
    sqlite_autoincrement=True,
)
"""What moderation holds of an account (`record_path` "") or a record; an account's `uri` is its DID."""

SUBJECT_TAG = Table(
    "subject_tag",
    METADATA,
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), primary_key=True),
    Column("tag", code_text(256), primary_key=True),
    Column("added_us", INT64, nullable=False),
    Column("expires_us", INT64),
    Column("decision_id", INT64),
    Index(None, "tag"),
    Index(None, "expires_us"),
)

SUBJECT_LABEL = Table(
    "subject_label",
    METADATA,
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), primary_key=True),
    Column("val", code_text(LABEL_VALUE_BYTES), primary_key=True),
    Column("cid", code_text(128), primary_key=True),
    Column("decision_id", INT64, nullable=False),
    Column("expires_us", INT64),
    Index(None, "expires_us"),
)
"""Labels that moderation decided and has not taken back; `cid` "" means every version of the subject."""

DECISION = Table(
    "decision",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("cause", code_text(128), nullable=False),
    Column("kind", code_text(32), nullable=False),
    Column("value", prose(), nullable=False),
    Column("outcome", code_text(16), nullable=False),
    Column("why", prose(), nullable=False),
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), nullable=False),
    Column("cid", code_text(128)),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("rule", code_text(200)),
    Column("comment", prose(), nullable=False),
    Column("tool_json", prose()),
    Column("event_us", INT64),
    Column("expires_us", INT64),
    Column("caused_by_json", prose()),
    UniqueConstraint("cause"),
    Index(None, "subject_id", "id"),
    Index(None, "subject_id", "event_us"),
    Index(None, "rule", "id"),
)
"""One row per proposal that moderation answered, whatever the answer; `cause` is the effect's or the report's name.

`event_us` is the time of the event that a rule fired on, `caused_by_json` the rules whose effects led to that event.
"""

REPORT = Table(
    "report",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("decision_id", ROW_NUMBER, ForeignKey("decision.id"), nullable=False),
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), nullable=False),
    Column("reason_type", code_text(256), nullable=False),
    Column("reported_by", code_text(DID_BYTES), nullable=False),
    Column("rule", code_text(200)),
    Column("state", code_text(16), nullable=False),
    Column("created_us", INT64, nullable=False),
    UniqueConstraint("decision_id"),
    Index(None, "subject_id", "state"),
    Index(None, "state", "created_us"),
)

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
    Column("hash", LargeBinary(32), nullable=False),
)
"""Every change, each row's hash covering the row and the hash before it."""
