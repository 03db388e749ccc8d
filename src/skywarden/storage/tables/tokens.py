"""Table of the tokens that were used up."""

from sqlalchemy import Column, Index, Table

from skywarden.storage.columns import INT64, code_text
from skywarden.storage.tables.metadata import METADATA

USED_TOKEN = Table(
    "used_token",
    METADATA,
    Column("token", code_text(64), primary_key=True),
    Column("until_us", INT64, nullable=False),
    Index(None, "until_us"),
)
"""The hash of a token's issuer and id; a row may go once the token itself has ended."""
