"""Settings to the parts of the embedded platform, opened and joined but not yet running."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from skywarden.app.arrivals import Arrivals, TimedSink
from skywarden.app.data_folder import DataFolder
from skywarden.app.decisions import DecisionStep
from skywarden.app.feeds import DecisionFeed, RecheckFeed
from skywarden.app.labeler import labeler_did
from skywarden.app.notifier import Hooks, read_hooks
from skywarden.app.rule_folder import RuleFolder
from skywarden.engine import Engine
from skywarden.engine.consumer import EngineConsumer
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import Feed
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.labels.key_file import load_or_make_label_key
from skywarden.labels.service import LabelService
from skywarden.log import SqliteLog
from skywarden.moderation.history import History
from skywarden.moderation.marks import MarkFeed
from skywarden.moderation.rechecks import RecheckSchedule
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.settings import Settings
from skywarden.storage import Database, migrate, open_database

_SHIPPED_RULES = "bluesky"


@dataclass(frozen=True, slots=True)
class Platform:
    """Every long-lived part; one process owns them."""

    settings: Settings
    folder: DataFolder
    public_url: str
    clock: Clock
    metrics: Metrics
    rules: RuleFolder
    log: SqliteLog
    accounts: AccountTable
    database: Database
    moderation: ModerationService
    labels: LabelService
    arrivals: Arrivals
    sink: TimedSink
    consumer: EngineConsumer
    decide: DecisionStep
    feeds: tuple[Feed, ...]
    hooks: Hooks

    def close(self) -> None:
        """Close the stores; every stage must have ended."""
        self.accounts.close()
        self.log.close()
        self.database.close()


def rules_path(settings: Settings) -> Path:
    """The configured folder of rules, or the shipped one."""
    if settings.rules.path:
        return Path(settings.rules.path)
    return Path(str(files("skywarden.rulesets").joinpath(_SHIPPED_RULES)))


def open_platform(settings: Settings, public_url: str) -> Platform:
    """Open everything in the data folder, making what is missing.

    Raises: Rejected for bad rules or settings; Broken for a damaged or foreign store.
    """
    tuned = Path(settings.rules.parameters) if settings.rules.parameters else None
    rules = RuleFolder(rules_path(settings), tuned)
    plan = rules.load()
    folder = DataFolder(Path(settings.data))
    folder.make()
    clock, metrics = SystemClock(), Metrics()
    log = SqliteLog(folder.log)
    accounts = AccountTable(folder.accounts, complete=_sees_everything(settings.source.url))
    accounts.catch_up(log)
    database = open_database(f"sqlite:///{folder.moderation}")
    migrate(database)
    did = labeler_did(settings.labeler.did, public_url, folder.label_key.parent / "labeler.did")
    key_file = Path(settings.labeler.key_file) if settings.labeler.key_file else folder.label_key
    labels = LabelService(database, load_or_make_label_key(key_file), did, clock=clock, metrics=metrics)
    hooks = read_hooks(settings.notify.file)
    moderation = ModerationService(database, did, clock=clock, metrics=metrics, hooks=frozenset(hooks))
    arrivals = Arrivals(clock, metrics)
    sink = TimedSink(moderation.outbox, arrivals)
    return Platform(
        settings=settings,
        folder=folder,
        public_url=public_url,
        clock=clock,
        metrics=metrics,
        rules=rules,
        log=log,
        accounts=accounts,
        database=database,
        moderation=moderation,
        labels=labels,
        arrivals=arrivals,
        sink=sink,
        consumer=EngineConsumer(log, Engine(plan), sink, folder.engine, metrics),
        decide=DecisionStep(moderation, labels, MarkFeed(database, clock), accounts),
        feeds=(DecisionFeed(History(database)), RecheckFeed(RecheckSchedule(database), log, clock)),
        hooks=hooks,
    )


def _sees_everything(source_url: str) -> bool:
    """Whether the source carries every event of every account it names, so that counts seen are counts."""
    return "wantedCollections" not in source_url and "wantedDids" not in source_url
