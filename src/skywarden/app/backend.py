"""Settings to the parts that need no event stream: database, moderation, labels; opened, not yet running."""

from dataclasses import dataclass
from pathlib import Path

from skywarden.app.data_folder import DataFolder
from skywarden.app.labeler import labeler_did
from skywarden.app.notifier import Hooks, read_hooks
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.labels.declaration import read_declaration
from skywarden.labels.key_file import load_or_make_label_key
from skywarden.labels.service import LabelService
from skywarden.model.effect import Limits
from skywarden.moderation.desk import Desk, open_desk
from skywarden.moderation.pushes import APPVIEW, DIVERT, PDS
from skywarden.moderation.reports.services import Durations, ReportServices, open_reports
from skywarden.moderation.scheduled import ScheduledActions
from skywarden.moderation.service import ModerationService
from skywarden.moderation.undo import UndoService
from skywarden.observe.metrics import Metrics
from skywarden.settings import Settings
from skywarden.storage import Database, migrate, open_database


@dataclass(frozen=True, slots=True)
class Backend:
    """What the API serves and the jobs work on; `public_url` is the origin under which others reach it."""

    settings: Settings
    folder: DataFolder
    public_url: str
    clock: Clock
    metrics: Metrics
    database: Database
    moderation: ModerationService
    scheduled: ScheduledActions
    undo: UndoService
    labels: LabelService
    key: PrivateKey
    desk: Desk
    reports: ReportServices
    hooks: Hooks

    def close(self) -> None:
        """Close the database; every stage must have ended."""
        self.database.close()


def open_backend(settings: Settings, public_url: str) -> Backend:
    """Open and migrate the database and join what stands on it.

    Raises: Rejected for bad settings; Retryable for a database that is away; Broken for a damaged or foreign one.
    """
    folder = DataFolder(Path(settings.data))
    folder.make()
    clock, metrics = SystemClock(), Metrics()
    hooks = read_hooks(settings.notify.file)
    key = label_key(settings, folder)
    did = labeler_did(settings.labeler.did, public_url, folder.label_key.parent / "labeler.did")
    database = open_own_database(settings)
    desk = open_desk(database, clock, did)
    desk.team.seed(settings.api.admins, settings.api.moderators, settings.api.triage)
    moderation = ModerationService(
        database,
        did,
        clock=clock,
        metrics=metrics,
        hooks=frozenset(hooks),
        push_targets=push_targets(settings),
        limits=Limits(settings.moderation.limit_per_hour or None, settings.moderation.limit_per_day or None),
        declared=declared_values(settings),
        shadow_sample=settings.releases.sample,
    )
    return Backend(
        settings=settings,
        folder=folder,
        public_url=public_url,
        clock=clock,
        metrics=metrics,
        database=database,
        moderation=moderation,
        scheduled=ScheduledActions(database, moderation, clock),
        undo=UndoService(database, moderation, did, clock=clock, metrics=metrics),
        labels=LabelService(database, key, did, clock=clock, metrics=metrics),
        key=key,
        desk=desk,
        reports=open_reports(
            database,
            did,
            clock,
            metrics,
            desk.options.policies,
            Durations(settings.moderation.queue_assignment_s, settings.moderation.report_assignment_s),
        ),
        hooks=hooks,
    )


def open_own_database(settings: Settings) -> Database:
    """Open the configured database, a file in the data folder unless said, and bring its tables up to date."""
    folder = DataFolder(Path(settings.data))
    if not settings.database.url:
        folder.make()
    url = settings.database.url or f"sqlite:///{folder.moderation}"
    database = open_database(url, pool_size=settings.database.pool_size)
    migrate(database)
    return database


def push_targets(settings: Settings) -> frozenset[str]:
    """The services that are told what moderation decides."""
    network = settings.network
    wanted = {
        PDS: bool(network.pds_url),
        APPVIEW: bool(network.appview_url) and network.appview_push,
        DIVERT: bool(settings.divert.url),
    }
    return frozenset(target for target, is_wanted in wanted.items() if is_wanted)


def declared_values(settings: Settings) -> frozenset[str] | None:
    """The label values of the declaration's file; None without one. Raises: Rejected, when it is wrong."""
    file = settings.labeler.declaration
    return read_declaration(Path(file)).values if file else None


def has_label_key(settings: Settings, folder: DataFolder) -> bool:
    """Whether the key is there, so that `label_key` need not make one."""
    return bool(settings.labeler.key_hex) or label_key_file(settings, folder).exists()


def label_key_file(settings: Settings, folder: DataFolder) -> Path:
    """Where the key is kept."""
    return Path(settings.labeler.key_file) if settings.labeler.key_file else folder.label_key


def label_key(settings: Settings, folder: DataFolder) -> PrivateKey:
    """The key of the settings, or that of the key file, made when missing."""
    if not settings.labeler.key_hex:
        return load_or_make_label_key(label_key_file(settings, folder))
    try:
        return PrivateKey.from_hex(settings.labeler.key_hex.strip())
    except Rejected as error:
        # The key itself must not reach a log.
        raise Rejected("bad setting", place="labeler.key_hex", expected="64 hexadecimal digits, a k256 key") from error
