"""Read the platform's log as the identities of its events, to compare with what the frames say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skywarden.kernel.ids import Offset
from skywarden.log.sqlite import SqliteLog
from skywarden.model.event import NETWORK_KINDS, Action, Kind

EventIdentity = tuple[int, str, str, str, str]
"""seq, kind, did, action, path; the last two are empty but for operations."""


@dataclass(slots=True)
class RowCounter:
    """Counts the rows that the network sent and those of our own making; reads each row once."""

    path: Path
    network: int = 0
    own: int = 0
    _read_to: Offset = Offset(0)

    def look(self) -> None:
        """Count what has become durable since the last look; nothing before there is a log."""
        if not self.path.exists():
            return
        log = SqliteLog(self.path, writable=False)
        try:
            for batch in log.read(self._read_to):
                kinds = batch.rows.column("kind").to_pylist()
                sent = sum(kind in NETWORK_KINDS for kind in kinds)
                self.network, self.own = self.network + sent, self.own + len(kinds) - sent
                self._read_to = batch.end
        finally:
            log.close()


def logged_events(data: Path) -> list[EventIdentity]:
    """Every row of the log in a data folder that the network sent, in order."""
    return [_identity(row) for row in _rows(data) if row["kind"] in NETWORK_KINDS]


def logged_decisions(data: Path) -> list[tuple[str, str, list[str]]]:
    """Every row of the log that moderation wrote, in order: event, subject, rules that caused it."""
    rows = [row for row in _rows(data) if row["kind"] == Kind.MODERATION]
    return [(row["moderation_event"], row["subject_uri"] or row["did"], row["caused_by"]) for row in rows]


def _rows(data: Path) -> list[dict[str, Any]]:
    log = SqliteLog(data / "log.db", writable=False)
    try:
        return [row for batch in log.read(Offset(0)) for row in batch.rows.to_pylist()]
    finally:
        log.close()


def _identity(row: dict[str, Any]) -> EventIdentity:
    kind = Kind(row["kind"]).name.lower()
    if row["kind"] != Kind.COMMIT:
        return row["seq"], kind, row["did"], "", ""
    return row["seq"], kind, row["did"], Action(row["action"]).name.lower(), f"{row['collection']}/{row['rkey']}"
