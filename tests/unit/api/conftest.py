"""Fixtures of this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio

from api_server import ApiServer, make_services, serving
from databases import database, database_url, seams
from skywarden.api.auth import AuthVerifier
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.storage import Database

__all__ = ["api", "database", "database_url", "seams"]


class Nobody(AuthVerifier):
    """For tests that call public methods only."""

    async def verify(self, authorization: str | None, nsid: str) -> Did:
        raise Rejected("AuthenticationRequired", place=nsid)


@pytest_asyncio.fixture
async def api(database: Database) -> AsyncIterator[ApiServer]:
    async with serving(make_services(database, Nobody())) as server:
        yield server
