"""Fixtures of this folder."""

from databases import database, database_kind, database_url, fresh_database_url, seams

__all__ = ["database", "database_kind", "database_url", "fresh_database_url", "seams"]
