"""Tables of who is signed in to the console."""

from sqlalchemy import Column, Index, Table

from skywarden.storage.columns import DID_BYTES, INT64, code_text
from skywarden.storage.tables.metadata import METADATA

CONSOLE_SESSION = Table(
    "console_session",
    METADATA,
    Column("token_hash", code_text(64), primary_key=True),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("seen_us", INT64, nullable=False),
    Column("until_us", INT64, nullable=False),
    Index(None, "until_us"),
)
"""Sessions by the hash of their token: who reads the table cannot sign in with it."""

SIGN_IN_LINK = Table(
    "sign_in_link",
    METADATA,
    Column("token_hash", code_text(64), primary_key=True),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("until_us", INT64, nullable=False),
    Index(None, "until_us"),
)
"""Links that sign somebody in once; the row goes when it is used."""
