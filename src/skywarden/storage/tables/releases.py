"""Tables of rule versions: their texts, their states, who moved them, and reviews of their shadow hits."""

from sqlalchemy import Boolean, Column, Index, Integer, Table

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose
from skywarden.storage.tables.metadata import METADATA

RULE_TEXT = Table(
    "rule_text",
    METADATA,
    Column("digest", code_text(64), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("text", prose(), nullable=False),
)
"""Rule files, parameter files and word lists by the SHA-256 of their text; a long one in several parts."""

RULE_VERSION = Table(
    "rule_version",
    METADATA,
    Column("rule", code_text(200), primary_key=True),
    Column("version", code_text(64), primary_key=True),
    Column("state", code_text(16), nullable=False),
    Column("author", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("previous", code_text(64)),
    Column("files_json", prose(), nullable=False),
    Column("evidence_json", prose(), nullable=False),
    Column("in_folder", Boolean(create_constraint=False), nullable=False),
    Index(None, "state"),
)
"""Every version of a rule that ever ran or waits to: draft, shadow, live or retired.

`version` is the content hash; `files_json` names its texts in `rule_text`, `evidence_json` what was shown when it
last moved, `previous` the version that it came after. `in_folder`: it is what the rule folder holds now.
"""

RULE_CHANGE = Table(
    "rule_change",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("rule", code_text(200), nullable=False),
    Column("version", code_text(64), nullable=False),
    Column("action", code_text(16), nullable=False),
    Column("from_state", code_text(16)),
    Column("to_state", code_text(16), nullable=False),
    Column("actor", code_text(DID_BYTES), nullable=False),
    Column("at_us", INT64, nullable=False),
    Column("reason", prose(), nullable=False),
    Column("evidence_json", prose(), nullable=False),
    Column("diff", prose(), nullable=False),
    Index(None, "rule", "number"),
    sqlite_autoincrement=True,
)
"""Who moved which version from what to what, and why; a version's first row has the difference to the one before."""

RULE_SAMPLE = Table(
    "rule_sample",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("rule", code_text(200), nullable=False),
    Column("version", code_text(64), nullable=False),
    Column("log_offset", INT64, nullable=False),
    Column("place", INT64, nullable=False),
    Index(None, "rule", "version", "log_offset", unique=True),
    Index(None, "rule", "version", "place"),
    sqlite_autoincrement=True,
)
"""A uniform sample of a version's shadow hits: those whose `place`, a keyed hash of the hit, is least."""

RULE_REVIEW = Table(
    "rule_review",
    METADATA,
    Column("sample_number", INT64, primary_key=True, autoincrement=False),
    Column("reviewer", code_text(250), primary_key=True),
    Column("verdict", code_text(8), nullable=False),
    Column("at_us", INT64, nullable=False),
)
"""What people said of sampled hits before they were told of the rule: right, wrong or unsure."""
