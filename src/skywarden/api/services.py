"""Name what the API needs of the stages; the app builds it, tests build it over a temporary database."""

from dataclasses import dataclass, field

from skywarden.api.auth import AuthVerifier
from skywarden.api.directory import Directory
from skywarden.api.rate_limit import RateLimits
from skywarden.api.upstream import Upstreams
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.ids import Did
from skywarden.labels import LabelService
from skywarden.model.investigation import Investigator, SavedQueries
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.verifications import Verifier
from skywarden.moderation.reports.services import ReportServices
from skywarden.moderation.scheduled import ScheduledActions
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a label subscriber may cost. `page` frames must be taken within `stall_s`; one that was live may fall
    `behind` labels back; at most `subscribers` at a time."""

    page: int = 1_000
    stall_s: float = 20.0
    behind: int = 50_000
    subscribers: int = 1_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The other services of the network that clients are told of; empty where there is none."""

    appview_url: str = ""
    pds_url: str = ""
    chat_url: str = ""
    divert_url: str = ""
    verifier_did: str = ""


@dataclass(frozen=True, slots=True)
class Investigation:
    """Whom analysts ask, and where what they ask is kept."""

    investigator: Investigator
    saved: SavedQueries


@dataclass(frozen=True, slots=True)
class Services:
    """The running stages behind the API. `public_url` is the origin under which others reach it, without a path.

    `upstreams` are the network's services, for methods that pass a call on; `directory` says who accounts are and what
    records say, for pages. Both are for the event loop only.
    Without a verifier nobody can be verified; without an investigation history cannot be asked.
    """

    moderation: ModerationService
    scheduled: ScheduledActions
    labels: LabelService
    database: Database
    desk: Desk
    reports: ReportServices
    auth: AuthVerifier
    did: Did
    public_url: str
    upstreams: Upstreams
    directory: Directory
    metrics: Metrics
    verifier: Verifier | None = None
    investigation: Investigation | None = None
    clock: Clock = field(default_factory=SystemClock)
    limits: RateLimits = field(default_factory=RateLimits)
    stream_limits: StreamLimits = field(default_factory=StreamLimits)
    neighbours: Neighbours = field(default_factory=Neighbours)
