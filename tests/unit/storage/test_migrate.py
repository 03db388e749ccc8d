"""Migrations lead from an empty database to the tables that the code knows, and back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from skywarden.storage import Database, current_revision, migrate, migrate_down, open_database
from skywarden.storage.migrate import MIGRATIONS
from skywarden.storage.tables import METADATA


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    db = open_database(empty_database_url)
    yield db
    db.close()


def differences(db: Database) -> list[object]:
    with db.read() as tx:
        return list(compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), METADATA))


def tables(db: Database) -> set[str]:
    with db.read() as tx:
        return set(inspect(tx).get_table_names()) - {"alembic_version", "sqlite_sequence"}


def test_the_migrated_tables_are_those_that_the_code_knows(database: Database) -> None:
    assert differences(database) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = current_revision(database)
    migrate(database)
    assert current_revision(database) == before


def test_up_and_down_and_up_again_leads_to_the_same_tables(empty: Database) -> None:
    migrate(empty)
    migrate_down(empty)
    assert (tables(empty), current_revision(empty)) == (set(), None)
    migrate(empty)
    assert differences(empty) == []


def test_each_step_goes_up_and_down_by_itself(empty: Database) -> None:
    steps = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    for revision in steps:
        migrate(empty, revision)
        assert current_revision(empty) == revision
    for revision in reversed(steps[:-1]):
        migrate_down(empty, revision)
        assert current_revision(empty) == revision


def test_processes_that_migrate_at_once_wait_for_one_another(empty_database_url: str) -> None:
    def work(_: int) -> str | None:
        db = open_database(empty_database_url)
        migrate(db)
        revision = current_revision(db)
        db.close()
        return revision

    with ThreadPoolExecutor(4) as pool:
        (revision,) = set(pool.map(work, range(4)))
    assert revision is not None
