"""Settings to the database that a platform has made, for commands that only look at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skywarden.app.data_folder import DataFolder
from skywarden.kernel.errors import Rejected
from skywarden.settings import Settings
from skywarden.storage import Database, open_database
from skywarden.storage.migrate import current_revision


@contextmanager
def open_stored(settings: Settings) -> Iterator[Database]:
    """Open the configured database as it is; closed when the block ends.

    Raises: Rejected, when nothing of ours is there; a command that looks must not make an empty one.
    """
    path = DataFolder(Path(settings.data)).moderation
    if not settings.database.url and not path.exists():
        expected = "the database of a platform that ran here"
        raise Rejected("no_data", place=str(path), expected=expected, hint="see --data")
    db = open_database(settings.database.url or f"sqlite:///{path}")
    try:
        if current_revision(db) is None:
            raise Rejected("no_data", place=db.place, expected="the tables of a platform that ran here")
        yield db
    finally:
        db.close()
