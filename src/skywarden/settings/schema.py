"""Every setting of the platform, by section: its name, type, default and meaning.

The TOML file has one table a section; `SKYWARDEN_<SECTION>_<NAME>` in the environment overrides it. Where the reference
Ozone service has a variable of the same meaning, that one is read when ours is absent. The reference page
docs/reference/settings.md is made from this file.
"""

from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal


def _setting(doc: str, default: Any, *, ozone: str = "", scale: float = 1.0, secret: bool = False) -> Any:
    """A setting; `ozone` is the variable of the reference service that says the same, in units of `scale` of ours."""
    return field(default=default, metadata={"doc": doc, "ozone": ozone, "scale": scale, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Where the platform listens."""

    host: str = _setting("Address to listen on; loopback unless you put a proxy in front.", "127.0.0.1")
    port: int = _setting("TCP port of the console, the API and /metrics; 0 picks a free one.", 8420, ozone="OZONE_PORT")
    public_url: str = _setting(
        "URL under which others reach this server; empty: http://HOST:PORT.", "", ozone="OZONE_PUBLIC_URL"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """Where events come from."""

    url: str = _setting(
        "simulator, wss://RELAY, jetstream+wss://HOST, jetstream2+wss://HOST, frames:PATH, jsonl:PATH or car:PATH.",
        "simulator",
    )
    verify: Literal["full", "sampled", "off"] = _setting("Which commits have their signature and proof checked.", "off")
    start: Literal["oldest", "live"] = _setting("Where the very first connection begins.", "live")
    kernels: bool = _setting(
        "Decode frames in compiled code, for 100 MB and a minute of compiling at the first start; only unverified.",
        False,
    )
    dictionary: str = _setting("Zstd dictionary for compressed Jetstream; empty: uncompressed.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseConfig:
    """Where moderation and labels are stored."""

    url: str = _setting(
        "sqlite:///PATH, postgresql://USER:PASSWORD@HOST/NAME or mariadb://USER:PASSWORD@HOST/NAME; "
        "empty: a SQLite file in DATA.",
        "",
        ozone="OZONE_DB_POSTGRES_URL",
        secret=True,
    )
    pool_size: int = _setting("Connections kept open by each process.", 10, ozone="OZONE_DB_POOL_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """The services of the network that are asked about accounts and told of takedowns."""

    plc_url: str = _setting("PLC directory.", "https://plc.directory", ozone="OZONE_DID_PLC_URL")
    appview_url: str = _setting(
        "AppView for profiles and reads; empty: accounts are known from the stream only.", "", ozone="OZONE_APPVIEW_URL"
    )
    appview_did: str = _setting("DID of the AppView, the audience of our calls.", "", ozone="OZONE_APPVIEW_DID")
    appview_push: bool = _setting("Tell the AppView of takedowns.", False, ozone="OZONE_APPVIEW_PUSH_EVENTS")
    pds_url: str = _setting(
        "PDS whose accounts are taken down, mailed and looked up; empty: none.", "", ozone="OZONE_PDS_URL"
    )
    pds_did: str = _setting("DID of the PDS, the audience of our calls.", "", ozone="OZONE_PDS_DID")
    pds_admin_password: str = _setting(
        "Admin password of the PDS, for one that knows no moderation service; empty: it is called with tokens.",
        "",
        secret=True,
    )
    chat_url: str = _setting("Chat service, for reported messages; empty: none.", "", ozone="OZONE_CHAT_URL")
    chat_did: str = _setting("DID of the chat service, the audience of our calls.", "", ozone="OZONE_CHAT_DID")
    did_stale_s: float = _setting(
        "Age in seconds from which a DID document is fetched anew when it is used.",
        3_600.0,
        ozone="OZONE_DID_CACHE_STALE_TTL",
        scale=0.001,
    )
    did_max_s: float = _setting(
        "Age in seconds at which a DID document is no longer used.",
        86_400.0,
        ozone="OZONE_DID_CACHE_MAX_TTL",
        scale=0.001,
    )
    allow_loopback: bool = _setting("Let guarded fetches reach loopback addresses; for development only.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiConfig:
    """Who may call the moderation API, and how often."""

    admin_password: str = _setting(
        "Password of `admin` in HTTP Basic, which has every role; empty: Basic is refused.",
        "",
        ozone="OZONE_ADMIN_PASSWORD",
        secret=True,
    )
    admins: tuple[str, ...] = _setting("DIDs that are team admins from the start.", (), ozone="OZONE_ADMIN_DIDS")
    moderators: tuple[str, ...] = _setting("DIDs that are moderators from the start.", (), ozone="OZONE_MODERATOR_DIDS")
    triage: tuple[str, ...] = _setting("DIDs that are in triage from the start.", (), ozone="OZONE_TRIAGE_DIDS")
    requests_per_minute: int = _setting(
        "Calls a minute of one caller or, without sign-in, of one address; 0: no limit.", 3_000
    )
    reports_per_minute: int = _setting("Reports a minute of one account; 0: no limit.", 20)
    trusted_proxies: tuple[str, ...] = _setting(
        "Addresses or networks of proxies whose X-Forwarded-For tells the caller's address.", ("127.0.0.1", "::1")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationConfig:
    """How moderation works."""

    limit_per_hour: int = _setting("Most actions of all rules together in an hour of event time; 0: no limit.", 0)
    limit_per_day: int = _setting("Most actions of all rules together in a day of event time; 0: no limit.", 0)
    queue_assignment_s: float = _setting(
        "How long a moderator holds a queue, in seconds.",
        3_600.0,
        ozone="OZONE_ASSIGNMENT_QUEUE_DURATION_MS",
        scale=0.001,
    )
    report_assignment_s: float = _setting(
        "How long a moderator holds a report, in seconds.",
        300.0,
        ozone="OZONE_ASSIGNMENT_REPORT_DURATION_MS",
        scale=0.001,
    )
    statistics_s: float = _setting(
        "How often the statistics of reports are computed, in seconds.",
        900.0,
        ozone="OZONE_STATS_COMPUTER_INTERVAL_MINUTES",
        scale=60.0,
    )
    profiles_s: float = _setting(
        "How often the team's profiles are fetched, in seconds.",
        86_400.0,
        ozone="OZONE_DB_TEAM_PROFILE_REFRESH_INTERVAL_MS",
        scale=0.001,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DivertConfig:
    """Where the blobs of diverted records go."""

    url: str = _setting("Divert service; empty: nothing can be diverted.", "", ozone="OZONE_BLOB_DIVERT_URL")
    password: str = _setting("Its admin password.", "", ozone="OZONE_BLOB_DIVERT_ADMIN_PASSWORD", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierConfig:
    """The account that verifies others."""

    url: str = _setting("Its PDS; empty: no verifications are issued.", "", ozone="OZONE_VERIFIER_URL")
    did: str = _setting("Its DID.", "", ozone="OZONE_VERIFIER_DID")
    password: str = _setting("Its app password.", "", ozone="OZONE_VERIFIER_PASSWORD", secret=True)
    issuers: tuple[str, ...] = _setting(
        "DIDs whose verifications are indexed.", (), ozone="OZONE_VERIFIER_ISSUERS_TO_INDEX"
    )
    jetstream_url: str = _setting(
        "Jetstream they are read from where this process has no event source.", "", ozone="OZONE_JETSTREAM_URL"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesConfig:
    """Which rules run."""

    path: str = _setting("Folder of rule files; empty: the rule set that is shipped.", "")
    parameters: str = _setting("TOML file that tunes the rules' parameters, over the one beside the rules.", "")
    extend_lists: bool = _setting('Let moderators extend wordlist("NAME") of rules by the set wordlist/NAME.', True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayConfig:
    """What is kept so that past decisions can be replayed quickly."""

    snapshot_days: int = _setting(
        "Days of event time for which one snapshot of the engine a day is kept; 0: none, and replay starts where the "
        "rule's windows began.",
        7,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesConfig:
    """How rules come to act."""

    mode: Literal["reviewed", "direct"] = _setting(
        "reviewed: a new or changed rule of the folder runs in shadow until it is promoted; direct: what is in the "
        "folder acts at once. The first start of a platform takes the whole folder as it is.",
        "reviewed",
    )
    cases: bool = _setting("Promotion needs the cases beside the rule to pass, a hit and a miss at least.", True)
    backtest: bool = _setting("Promotion needs a backtest of the version.", False)
    reviews: int = _setting("Promotion needs so many reviewed hits of the sample; 0: none.", 20)
    precision: float = _setting(
        "Promotion needs the lower end of the 95% interval of the reviewed precision to be this; 0: any.", 0.0
    )
    two_persons: bool = _setting("Who promotes a version must not be its author.", False)
    sample: int = _setting("Hits in shadow of each version that are drawn for review.", 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementConfig:
    """What a statement of reasons tells the affected user."""

    template: str = _setting(
        "How the names of the communication templates for it begin, one template a language; without one: ours.",
        "Statement of reasons",
    )
    appeal: str = _setting(
        "How to appeal.",
        "You can appeal: open the notice or label in your app, choose to appeal it, and say why you think that the "
        "decision is wrong. A person who had no part in it will look at it again.",
    )
    redress: str = _setting(
        "Where else to turn.",
        "You may also turn to a certified out-of-court dispute settlement body, or to a court.",
    )
    tells_values: bool = _setting("Tell what the rule itself says of its hit, values included.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyConfig:
    """Whom rules may notify."""

    file: str = _setting('TOML file of webhooks, NAME = { url = "https://...", secret = "..." }; empty: none.', "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelerConfig:
    """Who signs."""

    did: str = _setting("DID of the labeler; empty: did:web of the public URL's host.", "", ozone="OZONE_SERVER_DID")
    key_hex: str = _setting(
        "The signing key itself in hex (k256); empty: the key file.", "", ozone="OZONE_SIGNING_KEY_HEX", secret=True
    )
    key_file: str = _setting(
        "File with the signing key in hex (k256); empty: DATA/keys/label.key, made when missing.", ""
    )
    declaration: str = _setting(
        "TOML or JSON file of what the labeler declares, in the form of app.bsky.labeler.service; with it only values "
        "that it declares are set. Empty: any value.",
        "",
    )
    password: str = _setting(
        "Password or app password of the labeler's account, for `skywarden label setup` alone; empty: it asks.",
        "",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """Full-text search over posts and accounts."""

    enabled: bool = _setting("Keep the full-text index in step with the log.", True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseConfig:
    """Where history is kept for queries and backtests."""

    compact_s: float = _setting(
        "How often what is new moves into the warehouse, in seconds; 0: never, the log holds everything.", 60.0
    )
    url: str = _setting(
        "clickhouse://USER:PASSWORD@HOST:8123/NAME (clickhouses:// over TLS) to fill beside the files; empty: none.",
        "",
        secret=True,
    )
    event_days: int = _setting("Days for which the warehouse keeps events; 0: for ever.", 0)
    hit_days: int = _setting("Days for which it keeps hits.", 0)
    effect_days: int = _setting("Days for which it keeps effects.", 0)
    decision_days: int = _setting("Days for which it keeps decisions and moderation events.", 0)
    label_days: int = _setting("Days for which it keeps labels.", 0)
    log_days: int = _setting(
        "Days for which the log itself keeps events that the warehouse has taken over; 0: for ever.", 0
    )
    forget_records: bool = _setting(
        "Blank the content of deleted records too, not only that of deleted accounts.", False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """The simulated network, used when the source is `simulator`."""

    rate: float = _setting("Events a second.", 50.0)
    seed: int = _setting("Seed of everything that is random.", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All sections."""

    data: str = _setting("Folder that holds everything the platform stores.", ".data")
    server: ServerConfig = field(default_factory=ServerConfig)
    source: SourceConfig = field(default_factory=SourceConfig)
    database: DatabaseConfig = field(default_factory=DatabaseConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    api: ApiConfig = field(default_factory=ApiConfig)
    moderation: ModerationConfig = field(default_factory=ModerationConfig)
    divert: DivertConfig = field(default_factory=DivertConfig)
    verifier: VerifierConfig = field(default_factory=VerifierConfig)
    rules: RulesConfig = field(default_factory=RulesConfig)
    replay: ReplayConfig = field(default_factory=ReplayConfig)
    releases: ReleasesConfig = field(default_factory=ReleasesConfig)
    statement: StatementConfig = field(default_factory=StatementConfig)
    notify: NotifyConfig = field(default_factory=NotifyConfig)
    labeler: LabelerConfig = field(default_factory=LabelerConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    warehouse: WarehouseConfig = field(default_factory=WarehouseConfig)
    simulator: SimulatorConfig = field(default_factory=SimulatorConfig)


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One line of the reference: TOML section ("" for the top), name, type, default, meaning.

    `ozone` is the reference service's variable for it, whose unit is `scale` of ours; `secret` is never shown.
    """

    section: str
    name: str
    type: str
    default: object
    doc: str
    ozone: str = ""
    scale: float = 1.0
    secret: bool = False

    @property
    def variable(self) -> str:
        return "_".join(["SKYWARDEN", *([self.section.upper()] if self.section else []), self.name.upper()])

    @property
    def is_list(self) -> bool:
        return isinstance(self.default, tuple)


def describe_settings() -> list[SettingDoc]:
    """List every setting in the order of this file."""
    found: list[SettingDoc] = []
    for top in fields(Settings):
        if "doc" in top.metadata:
            found.append(_describe("", top))
            continue
        assert callable(top.default_factory)
        found += [_describe(top.name, item) for item in fields(top.default_factory())]
    return found


def _describe(section: str, item: Field[Any]) -> SettingDoc:
    said = item.metadata
    return SettingDoc(
        section,
        item.name,
        _type_name(item.type),
        item.default,
        said["doc"],
        said["ozone"],
        said["scale"],
        said["secret"],
    )


def _type_name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind).removeprefix("typing.")
