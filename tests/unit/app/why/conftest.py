"""Fixtures of this folder: what the platform has seen is made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from skywarden.storage import migrate, open_database
from why_platform import Seen, live_through, open_seen


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    database = open_database(f"sqlite:///{folder / 'moderation.db'}")
    migrate(database)
    live_through(folder, database)
    database.close()
    return folder


@pytest.fixture
def seen(lived: Path, tmp_path: Path) -> Iterator[Seen]:
    folder = tmp_path / "data"
    shutil.copytree(lived, folder)
    database = open_database(f"sqlite:///{folder / 'moderation.db'}")
    found = open_seen(folder, database)
    yield found
    found.chain.close()
    database.close()
