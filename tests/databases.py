"""Give tests a migrated database of each kind, and seams at which a write can be made to crash."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from skywarden.storage import Database, migrate, open_database

KINDS = ("sqlite",)
"""Every kind of database that the contract tests run over; one entry a supported server."""


class Crash(BaseException):
    """The process died here; nothing may catch it on the way out."""


@dataclass(slots=True)
class Seams:
    """The write seams passed so far, and the one at which to crash: by its name, or after so many others."""

    crash_at: str = ""
    crash_after: int | None = None
    passed: list[str] = field(default_factory=list)

    def __call__(self, place: str) -> None:
        due = place == self.crash_at or len(self.passed) == self.crash_after
        self.passed.append(place)
        if due:
            self.crash_at = ""
            raise Crash(place)


class Stagger:
    """Hold each write up for a moment of random length before it commits, so that writers overtake one another."""

    def __init__(self, seed: int = 1, at_most_s: float = 0.004) -> None:
        self._random = random.Random(seed)
        self._at_most_s = at_most_s
        self._never = threading.Event()

    def __call__(self, place: str) -> None:
        if place.endswith(":before-commit"):
            self._never.wait(self._random.random() * self._at_most_s)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    assert request.param in KINDS
    return f"sqlite:///{tmp_path / 'moderation.db'}"


@pytest.fixture
def seams() -> Seams:
    return Seams()


@pytest.fixture
def database(database_url: str, seams: Seams) -> Iterator[Database]:
    db = open_database(database_url, seam=seams)
    migrate(db)
    yield db
    db.close()
