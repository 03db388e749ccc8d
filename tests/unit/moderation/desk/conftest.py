"""Fixtures of this folder."""

import pytest

from databases import database, database_url, seams
from proposals import LABELER
from skywarden.kernel.clock import ManualClock
from skywarden.moderation.desk import Desk, open_desk
from skywarden.storage import Database

__all__ = ["clock", "database", "database_url", "desk", "seams"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> Desk:
    return open_desk(database, clock, LABELER)
