"""Tables of labels asked for, labels published, the keys that signed them, and the counters of both."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint

from skywarden.storage.columns import DID_BYTES, INT64, LABEL_VALUE_BYTES, ROW_NUMBER, URI_BYTES, code_text, short_bytes
from skywarden.storage.tables.metadata import METADATA

LABEL_REQUEST = Table(
    "label_request",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("cause", code_text(64), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128)),
    Column("val", code_text(LABEL_VALUE_BYTES), nullable=False),
    Column("neg", Boolean(create_constraint=False), nullable=False),
    Column("expires_us", INT64),
    Column("created_us", INT64, nullable=False),
    UniqueConstraint("cause"),
    sqlite_autoincrement=True,
)
"""Decided but not yet numbered; a row leaves in the transaction that publishes its label."""

SIGNING_KEY = Table(
    "signing_key",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("did_key", code_text(256), nullable=False),
    Column("created_us", INT64, nullable=False),
    UniqueConstraint("did_key"),
)

LABEL = Table(
    "label",
    METADATA,
    Column("seq", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("cause", code_text(64), nullable=False),
    Column("src", code_text(DID_BYTES), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128)),
    Column("val", code_text(LABEL_VALUE_BYTES), nullable=False),
    Column("neg", Boolean(create_constraint=False), nullable=False),
    Column("cts", code_text(32), nullable=False),
    Column("exp", code_text(32)),
    Column("expires_us", INT64),
    Column("sig", short_bytes(64), nullable=False),
    Column("signing_key_id", ROW_NUMBER, nullable=False),
    Column("superseded_by", INT64),
    UniqueConstraint("cause"),
    Index(None, "uri", "seq"),
    Index(None, "cts", "seq"),
)
"""Published labels in stream order; `superseded_by` is the seq of a newer one with the same src, uri, cid and val."""

COUNTER = Table(
    "counter",
    METADATA,
    Column("name", code_text(64), primary_key=True),
    Column("number", INT64, nullable=False),
    Column("hash", short_bytes(32)),
)
"""Numbers that are never given twice, whatever is deleted elsewhere: label seq, decision, report, audit."""
