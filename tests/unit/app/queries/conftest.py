"""Fixtures of this folder: its tests run on every kind of database."""

from databases import database, database_kind, database_url, fresh_database_url, seams

__all__ = ["database", "database_kind", "database_url", "fresh_database_url", "seams"]
