"""Bring a database's tables to a named revision, up or down.

Crash: SQLite and PostgreSQL take the whole way or none of it. MariaDB commits each statement: a step cut off in the
middle has to be mended by hand, steps before it stay.
Two writers: the second process waits and finds nothing left to do.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext

from skywarden.storage.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(db: Database, revision: str = "head") -> None:
    """Apply every migration up to `revision`; a database that has them all is left as it is."""
    with db.write("storage.migrate") as tx, db.dialect.migrating(tx):
        command.upgrade(_config(tx), revision)


def migrate_down(db: Database, revision: str = "base") -> None:
    """Take migrations back until `revision` is the newest one; "base" leaves no table of ours."""
    with db.write("storage.migrate") as tx, db.dialect.migrating(tx):
        command.downgrade(_config(tx), revision)


def current_revision(db: Database) -> str | None:
    """The newest applied migration; None for a database without our tables."""
    with db.read() as tx:
        return MigrationContext.configure(tx).get_current_revision()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
