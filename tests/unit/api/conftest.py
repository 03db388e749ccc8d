"""Fixtures of this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio

from api_server import ApiServer, make_services, serving
from databases import database, database_url, fresh_database_url, seams
from databases import sqlite_only as database_kind
from skywarden.storage import Database

__all__ = ["api", "database", "database_kind", "database_url", "fresh_database_url", "seams"]


@pytest_asyncio.fixture
async def api(database: Database) -> AsyncIterator[ApiServer]:
    async with serving(make_services(database)) as server:
        yield server
