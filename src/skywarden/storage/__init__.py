"""SQL engine, migrations, dialect differences; the only place that knows a dialect."""

from skywarden.storage.engine import Database, open_database
from skywarden.storage.migrate import current_revision, migrate, migrate_down

__all__ = ["Database", "current_revision", "migrate", "migrate_down", "open_database"]
