"""Table of who has which subject on their desk."""

from sqlalchemy import Column, Index, Table

from skywarden.storage.columns import DID_BYTES, INT64, URI_BYTES, code_text
from skywarden.storage.tables.metadata import METADATA

SUBJECT_CLAIM = Table(
    "subject_claim",
    METADATA,
    Column("uri", code_text(URI_BYTES), primary_key=True),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("until_us", INT64, nullable=False),
    Index(None, "until_us"),
)
"""One row a subject that somebody reviews; an old row is as good as none."""
