"""Read the platform's log as the identities of its events, to compare with what the frames say."""

from pathlib import Path
from typing import Any

from skywarden.kernel.ids import Offset
from skywarden.log.sqlite import SqliteLog
from skywarden.model.event import Action, Kind

EventIdentity = tuple[int, str, str, str, str]
"""seq, kind, did, action, path; the last two are empty but for operations."""


def logged_events(data: Path) -> list[EventIdentity]:
    """Every row of the log in a data folder, in order."""
    log = SqliteLog(data / "log.db", writable=False)
    try:
        return [_identity(row) for batch in log.read(Offset(0)) for row in batch.rows.to_pylist()]
    finally:
        log.close()


def _identity(row: dict[str, Any]) -> EventIdentity:
    kind = Kind(row["kind"]).name.lower()
    if row["kind"] != Kind.COMMIT:
        return row["seq"], kind, row["did"], "", ""
    return row["seq"], kind, row["did"], Action(row["action"]).name.lower(), f"{row['collection']}/{row['rkey']}"
