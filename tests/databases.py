"""Give tests a migrated database of each kind, and seams at which a write can be made to crash.

A folder's conftest imports the fixtures; `sqlite_only as database_kind` keeps its tests to SQLite.
"""

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from servers.database_pool import pool_of
from skywarden.storage import Database, migrate, open_database

KINDS = ("sqlite", "postgresql", "mariadb")
"""Every kind of database that the contract tests run over."""

Fresh = Callable[[], str]
"""Makes one more migrated, empty database and returns its URL."""


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
def database_kind(request: pytest.FixtureRequest) -> str:
    kind = request.param
    assert isinstance(kind, str)
    return kind


@pytest.fixture
def sqlite_only() -> str:
    return "sqlite"


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A database without a table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with pool_of(database_kind).empty() as url:
        yield url


@pytest.fixture
def fresh_database_url(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """For tests that need several databases."""
    if database_kind == "sqlite":
        template = _sqlite_template(tmp_path_factory)

        def copy() -> str:
            path = tmp_path_factory.mktemp("database") / "moderation.db"
            shutil.copy(template, path)
            return f"sqlite:///{path}"

        yield copy
        return
    pool = pool_of(database_kind)
    taken: list[str] = []

    def take() -> str:
        taken.append(pool.take())
        return taken[-1]

    yield take
    for url in taken:
        pool.give_back(url)


@pytest.fixture
def database_url(fresh_database_url: Fresh) -> str:
    return fresh_database_url()


@pytest.fixture
def seams() -> Seams:
    return Seams()


@pytest.fixture
def database(database_url: str, seams: Seams) -> Iterator[Database]:
    db = open_database(database_url, seam=seams)
    yield db
    db.close()


def _sqlite_template(folders: pytest.TempPathFactory) -> Path:
    path = folders.getbasetemp() / "template.db"
    if not path.exists():
        draft = path.with_suffix(".draft")
        db = open_database(f"sqlite:///{draft}")
        migrate(db)
        db.close()
        draft.rename(path)
    return path
