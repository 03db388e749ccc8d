"""Every setting of the platform, by section: its name, type, default and meaning.

The TOML file has one table a section; `SKYWARDEN_<SECTION>_<NAME>` in the environment overrides it. The reference page
docs/reference/settings.md is made from this file.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal


def _setting(doc: str, default: Any) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Where the platform listens."""

    host: str = _setting("Address to listen on; loopback unless you put a proxy in front.", "127.0.0.1")
    port: int = _setting("TCP port of the console, the API and /metrics; 0 picks a free one.", 8420)
    public_url: str = _setting("URL under which others reach this server; empty: http://HOST:PORT.", "")


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
class NetworkConfig:
    """The services of the network that are asked about accounts."""

    plc_url: str = _setting("PLC directory.", "https://plc.directory")
    appview_url: str = _setting("AppView for profiles; empty: accounts are known from the stream only.", "")
    allow_loopback: bool = _setting("Let guarded fetches reach loopback addresses; for development only.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesConfig:
    """Which rules run."""

    path: str = _setting("Folder of rule files; empty: the rule set that is shipped.", "")
    parameters: str = _setting("TOML file that tunes the rules' parameters, over the one beside the rules.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyConfig:
    """Whom rules may notify."""

    file: str = _setting('TOML file of webhooks, NAME = { url = "https://...", secret = "..." }; empty: none.', "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelerConfig:
    """Who signs."""

    did: str = _setting("DID of the labeler; empty: did:web of the public URL's host.", "")
    key_file: str = _setting(
        "File with the signing key in hex (k256); empty: DATA/keys/label.key, made when missing.", ""
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
    network: NetworkConfig = field(default_factory=NetworkConfig)
    rules: RulesConfig = field(default_factory=RulesConfig)
    notify: NotifyConfig = field(default_factory=NotifyConfig)
    labeler: LabelerConfig = field(default_factory=LabelerConfig)
    simulator: SimulatorConfig = field(default_factory=SimulatorConfig)


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One line of the reference: TOML section ("" for the top), name, type, default, meaning, variable."""

    section: str
    name: str
    type: str
    default: object
    doc: str

    @property
    def variable(self) -> str:
        return "_".join(["SKYWARDEN", *([self.section.upper()] if self.section else []), self.name.upper()])


def describe_settings() -> list[SettingDoc]:
    """List every setting in the order of this file."""
    found: list[SettingDoc] = []
    for top in fields(Settings):
        if "doc" in top.metadata:
            found.append(SettingDoc("", top.name, _type_name(top.type), top.default, top.metadata["doc"]))
            continue
        assert callable(top.default_factory)
        found += [
            SettingDoc(top.name, item.name, _type_name(item.type), item.default, item.metadata["doc"])
            for item in fields(top.default_factory())
        ]
    return found


def _type_name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind).removeprefix("typing.")
