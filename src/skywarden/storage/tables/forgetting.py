"""Tables of whose content must be blanked, and of what is kept of the decisions about it."""

from sqlalchemy import Column, Index, Table

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, URI_BYTES, code_text
from skywarden.storage.tables.metadata import METADATA

FORGET_REQUEST = Table(
    "forget_request",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("why", code_text(32), nullable=False),
    Column("asked_by", code_text(DID_BYTES), nullable=False),
    Column("asked_us", INT64, nullable=False),
    Column("done_us", INT64),
    Column("rows", INT64, nullable=False),
    Index(None, "done_us", "id"),
    sqlite_autoincrement=True,
)
"""A DID, or the at-uri of one record; `rows` is how many were blanked in the log and in the warehouse."""

TOMBSTONE = Table(
    "tombstone",
    METADATA,
    Column("decision_id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("request_id", ROW_NUMBER, nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("kind", code_text(32), nullable=False),
    Column("outcome", code_text(16), nullable=False),
    Column("rule", code_text(200)),
    Column("version", code_text(64)),
    Column("log_offset", INT64),
    Column("values_hash", code_text(64), nullable=False),
    Column("kept_us", INT64, nullable=False),
    Index(None, "did"),
)
"""What stays of a decision about forgotten content: that it was made, by which rule, and SHA-256 of what was seen."""
