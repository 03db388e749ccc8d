"""One SELECT of an analyst -> its rows, or a clear refusal: parsed, held to known tables and functions, and capped."""

from skywarden.app.investigate.sqlbox.duckdb import SqlBox, SqlLimits, TableViews
from skywarden.app.investigate.sqlbox.guard import check_statement

__all__ = ["SqlBox", "SqlLimits", "TableViews", "check_statement"]
