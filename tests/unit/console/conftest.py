"""The console's own logic does not depend on the database; its tests run on SQLite."""

from databases import database, database_url, fresh_database_url, seams
from databases import sqlite_only as database_kind

__all__ = ["database", "database_kind", "database_url", "fresh_database_url", "seams"]
