"""Fixtures of this folder."""

import pytest

from databases import database, database_kind, database_url, fresh_database_url, seams
from skywarden.kernel.clock import ManualClock
from skywarden.moderation.releases import Releases
from skywarden.storage import Database

__all__ = ["database", "database_kind", "database_url", "fresh_database_url", "seams"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def releases(database: Database, clock: ManualClock) -> Releases:
    return Releases(database, clock)
