"""Settings to the parts of the embedded platform, opened and joined but not yet running."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from skywarden.app.arrivals import Arrivals, TimedSink
from skywarden.app.backend import Backend, open_backend
from skywarden.app.decisions import DecisionStep
from skywarden.app.feeds import DecisionFeed, RecheckFeed
from skywarden.app.list_extensions import ListExtensions
from skywarden.app.rule_book import RuleBook
from skywarden.app.rule_folder import RuleFolder
from skywarden.engine import Engine
from skywarden.engine.consumer import EngineConsumer
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import Feed
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.labels.service import LabelService
from skywarden.log import SqliteLog
from skywarden.moderation.history import History
from skywarden.moderation.marks import MarkFeed
from skywarden.moderation.rechecks import RecheckSchedule
from skywarden.moderation.service import ModerationService
from skywarden.observe.catalog import RULES_REFUSED
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics
from skywarden.settings import Settings

_SHIPPED_RULES = "bluesky"


@dataclass(frozen=True, slots=True)
class Platform:
    """Every long-lived part; one process owns them."""

    backend: Backend
    rules: RuleBook
    log: SqliteLog
    accounts: AccountTable
    arrivals: Arrivals
    sink: TimedSink
    consumer: EngineConsumer
    decide: DecisionStep
    feeds: tuple[Feed, ...]

    @property
    def settings(self) -> Settings:
        return self.backend.settings

    @property
    def clock(self) -> Clock:
        return self.backend.clock

    @property
    def metrics(self) -> Metrics:
        return self.backend.metrics

    @property
    def moderation(self) -> ModerationService:
        return self.backend.moderation

    @property
    def labels(self) -> LabelService:
        return self.backend.labels

    def close(self) -> None:
        """Close the stores; every stage must have ended."""
        self.accounts.close()
        self.log.close()
        self.backend.close()


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
    folder_of_rules = RuleFolder(rules_path(settings), tuned)
    folder_of_rules.load()
    backend = open_backend(settings, public_url)
    folder, database, clock, metrics = backend.folder, backend.database, backend.clock, backend.metrics
    if settings.rules.extend_lists:
        folder_of_rules.extend(ListExtensions(backend.desk.sets, clock))
        _extend(folder_of_rules)
    rules = RuleBook(folder_of_rules, database, clock, settings.releases.mode)
    plans = rules.open()
    log = SqliteLog(folder.log)
    accounts = AccountTable(folder.accounts, complete=_sees_everything(settings.source.url))
    accounts.catch_up(log)
    arrivals = Arrivals(clock, metrics)
    sink = TimedSink(backend.moderation.outbox, arrivals)
    return Platform(
        backend=backend,
        rules=rules,
        log=log,
        accounts=accounts,
        arrivals=arrivals,
        sink=sink,
        consumer=EngineConsumer(
            log,
            Engine(plans.live),
            sink,
            folder.engine,
            metrics,
            keep_days=settings.replay.snapshot_days,
            in_shadow=plans.shadow,
        ),
        decide=DecisionStep(backend.moderation, backend.labels, MarkFeed(database, clock), accounts),
        feeds=(DecisionFeed(History(database)), RecheckFeed(RecheckSchedule(database), log, clock)),
    )


def _extend(rules: RuleFolder) -> None:
    """Take in what people added to word lists, if they did. What they made unusable is left out and told."""
    try:
        rules.reload()
    except Rejected:
        Logger("rules").error(RULES_REFUSED, detail=rules.refusal)


def _sees_everything(source_url: str) -> bool:
    """Whether the source carries every event of every account it names, so that counts seen are counts."""
    return "wantedCollections" not in source_url and "wantedDids" not in source_url
