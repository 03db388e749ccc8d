"""Tables of backtests: their reports, and which versions each one ran."""

from sqlalchemy import Column, Index, Table

from skywarden.storage.columns import DID_BYTES, INT64, ROW_NUMBER, code_text, prose
from skywarden.storage.tables.metadata import METADATA

BACKTEST = Table(
    "backtest",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("created_us", INT64, nullable=False),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("since_us", INT64, nullable=False),
    Column("until_us", INT64, nullable=False),
    Column("first_offset", INT64, nullable=False),
    Column("end_offset", INT64, nullable=False),
    Column("events", INT64, nullable=False),
    Column("against", prose(), nullable=False),
    Column("report_json", prose(), nullable=False),
    sqlite_autoincrement=True,
)
"""A run of rules over the events from `first_offset` to before `end_offset`, and all that it found, as JSON."""

BACKTEST_RULE = Table(
    "backtest_rule",
    METADATA,
    Column("backtest", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("rule", code_text(200), primary_key=True),
    Column("version", code_text(64), nullable=False),
    Column("hits", INT64, nullable=False),
    Index(None, "rule", "version", "backtest"),
)
"""The rule versions that a backtest ran."""
