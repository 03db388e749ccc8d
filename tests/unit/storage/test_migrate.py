"""Migrations lead from an empty database to the tables that the code knows, and back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from databases import Seams
from skywarden.storage import Database, current_revision, migrate, migrate_down, open_database
from skywarden.storage.migrate import MIGRATIONS
from skywarden.storage.tables import METADATA


def test_the_migrated_tables_are_those_that_the_code_knows(database: Database) -> None:
    with database.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = current_revision(database)
    migrate(database)
    assert current_revision(database) == before


def test_all_the_way_down_leaves_no_table_of_ours(database: Database) -> None:
    migrate_down(database)
    with database.read() as tx:
        assert set(inspect(tx).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
    assert current_revision(database) is None


def test_each_step_goes_up_and_down_by_itself(database_url: str, seams: Seams) -> None:
    db = open_database(database_url, seam=seams)
    steps = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("m*.py"))
    for revision in steps:
        migrate(db, revision)
        assert current_revision(db) == revision
    for revision in reversed(steps[:-1]):
        migrate_down(db, revision)
        assert current_revision(db) == revision
    migrate(db)
    db.close()
