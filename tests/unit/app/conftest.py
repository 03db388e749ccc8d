"""Fixtures of this folder."""

from databases import database, database_url, seams

__all__ = ["database", "database_url", "seams"]
