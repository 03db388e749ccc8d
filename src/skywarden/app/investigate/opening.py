"""Settings to an investigator over the data folder, for commands in a process of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from skywarden.api.services import Investigation
from skywarden.app.backend import Backend
from skywarden.app.data_folder import DataFolder
from skywarden.app.history import open_history
from skywarden.app.investigate.accounts import AccountReading
from skywarden.app.investigate.happenings import Happenings
from skywarden.app.investigate.investigator import DEFAULT_CAPS, Caps, HistoryInvestigator
from skywarden.app.investigate.reading import HistoryReading
from skywarden.app.investigate.saved import SavedQueryService
from skywarden.app.investigate.sqlbox import SqlBox, SqlLimits, TableViews
from skywarden.app.labeler import labeler_did
from skywarden.app.list_extensions import extended_lists
from skywarden.app.stored import open_stored
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.log import SqliteLog
from skywarden.log.contract import LogReader
from skywarden.model.history import EventHistory
from skywarden.rules.folder import read_sources
from skywarden.rules.source import NO_SETS, Sets
from skywarden.rulesets import BLUESKY
from skywarden.settings import Settings
from skywarden.storage import Database
from skywarden.warehouse import Store
from skywarden.warehouse.jobs.tables import ALL_TABLES
from skywarden.warehouse.views import view_texts


def make_investigator(
    folder: DataFolder,
    log: LogReader,
    database: Database | None,
    sets: Callable[[], Sets],
    *,
    clock: Clock,
    caps: Caps = DEFAULT_CAPS,
) -> HistoryInvestigator:
    """Join the parts that a process has open."""
    store, history = Store(folder.warehouse, clock, specs=ALL_TABLES), open_history(folder, log, clock)
    return investigator_of(store, history, sets, None if database is None else Happenings(database), caps)


def investigator_of(
    store: Store,
    history: EventHistory,
    sets: Callable[[], Sets] = lambda: NO_SETS,
    happenings: Happenings | None = None,
    caps: Caps = DEFAULT_CAPS,
) -> HistoryInvestigator:
    """Ask a history whose past, or a part of it, a warehouse holds."""
    return HistoryInvestigator(
        AccountReading(HistoryReading(history), store),
        sets=sets,
        happenings=happenings,
        box=SqlBox(lambda: views_of(store), SqlLimits(seconds=caps.seconds)),
        caps=caps,
    )


def open_investigation(backend: Backend, log: LogReader) -> Investigation:
    """What the API of a running platform asks."""

    def sets() -> Sets:
        return word_lists(backend.settings)

    investigator = make_investigator(backend.folder, log, backend.database, sets, clock=backend.clock)
    return Investigation(investigator, SavedQueryService(backend.database, backend.clock))


def views_of(store: Store) -> TableViews:
    """The warehouse's tables as they are now. Files that are merged stay for longer than a question may take."""
    return TableViews(view_texts(store.folder, store.manifest(), store.specs), store.folder)


@contextmanager
def open_investigator(settings: Settings, caps: Caps = DEFAULT_CAPS) -> Iterator[HistoryInvestigator]:
    """Open the log, the warehouse and, where there is one, the database for reading; beside `skywarden up` or not.

    Raises: Rejected, when there is no log.
    """
    folder = DataFolder(Path(settings.data))
    if not folder.log.exists():
        raise Rejected(
            "no_data", place=str(folder.log), expected="the log of a platform that ran here", hint="see --data"
        )
    with ExitStack() as stack:
        log = SqliteLog(folder.log, writable=False)
        stack.callback(log.close)
        stored = bool(settings.database.url) or folder.moderation.exists()
        database = stack.enter_context(open_stored(settings)) if stored else None
        yield make_investigator(folder, log, database, lambda: word_lists(settings), clock=SystemClock(), caps=caps)


def word_lists(settings: Settings) -> Sets:
    """The word lists of the rules that run here, with what people have added to them."""
    found = read_sources([Path(settings.rules.path) if settings.rules.path else BLUESKY])
    return extended_lists(settings, found.sets)


@contextmanager
def open_saved(settings: Settings) -> Iterator[tuple[SavedQueryService, Did]]:
    """The saved queries of a platform that ran here, and the DID in whose name commands keep theirs: the labeler's.

    Raises: Rejected, when there is no database.
    """
    folder = DataFolder(Path(settings.data))
    server = settings.server
    url = server.public_url or f"http://{server.host}:{server.port}"
    with open_stored(settings) as database:
        folder.make()
        did = labeler_did(settings.labeler.did, url, folder.label_key.parent / "labeler.did")
        yield SavedQueryService(database, SystemClock()), did
