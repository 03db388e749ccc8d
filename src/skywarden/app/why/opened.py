"""Settings to the services that explain and replay, beside a running platform or without one; they write nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from skywarden.app.data_folder import DataFolder
from skywarden.app.history import open_history
from skywarden.app.list_extensions import extended_lists
from skywarden.app.platform import rules_path
from skywarden.app.stored import open_stored
from skywarden.app.why.explain import ExplainService
from skywarden.app.why.replay import ReplayService
from skywarden.app.why.rule_texts import RuleTexts
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.clock import SystemClock
from skywarden.log import SqliteLog
from skywarden.model.history import EventHistory
from skywarden.rules.folder import Sources, read_sources
from skywarden.settings import Settings
from skywarden.storage import Database


@dataclass(frozen=True, slots=True)
class Why:
    """What a platform left behind: its database, history, rule texts and snapshots."""

    database: Database
    history: EventHistory
    texts: RuleTexts
    snapshots: SnapshotFolder

    @property
    def explain(self) -> ExplainService:
        return ExplainService(self.history, self.texts, self.snapshots)

    @property
    def replay(self) -> ReplayService:
        return ReplayService(self.history, self.texts, self.snapshots)


@contextmanager
def open_why(settings: Settings) -> Iterator[Why]:
    """Open what these settings name; closed when the block ends. Raises: Rejected, where no platform ran."""
    folder = DataFolder(Path(settings.data))
    with open_stored(settings) as database:
        log = SqliteLog(folder.log, writable=False)
        try:
            texts = RuleTexts(database, lambda: _present(settings))
            yield Why(database, open_history(folder, log, SystemClock()), texts, SnapshotFolder(folder.engine))
        finally:
            log.close()


def _present(settings: Settings) -> Sources:
    """The rule files of today, with what people added to their word lists."""
    tuned = Path(settings.rules.parameters) if settings.rules.parameters else None
    found = read_sources([rules_path(settings)], tuned)
    return replace(found, sets=extended_lists(settings, found.sets))
