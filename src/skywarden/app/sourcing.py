"""Settings to the source, its pipeline and the account look-ups; the simulated network is started here too."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from skywarden.app.child import Child, start_module
from skywarden.app.data_folder import DataFolder
from skywarden.app.intake import Job
from skywarden.app.notifier import Notifier
from skywarden.app.platform import Platform
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.ingest.accounts.hydration import HydrationConfig, Hydrator
from skywarden.ingest.open import SourceOptions, open_source
from skywarden.ingest.pipeline import IngestPipeline
from skywarden.ingest.progress import IngestStatus
from skywarden.ingest.resync import ResyncConfig
from skywarden.ingest.sources.files import is_file
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.ids import Did, Offset
from skywarden.moderation.deliveries import DeliveryQueue
from skywarden.settings import Settings

SIMULATOR = "simulator"
_REPO_LIMITS = FetchLimits(max_bytes=32 * 1024 * 1024, total_s=120.0)
"""An export since a rev is larger and slower than a DID document; two may be in memory at a time."""

_LOOK_UP_LIMITS = FetchLimits(per_host=0)
"""The configured AppView and directory are asked much; the hydrator paces itself."""

Notify = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Sourcing:
    """What the intake runs."""

    run: Job
    beside: tuple[Job, ...]
    status: Callable[[], IngestStatus]


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the network is found: the source's URL and name, the directory and the AppView ("": nobody to ask)."""

    source: str
    name: str
    plc: str
    appview: str
    loopback: bool


def origins_of(settings: Settings, child: Child | None) -> Origins:
    """The configured network, or the simulated one where it was started."""
    if child is not None:
        port = child.ready["port"]
        http = f"http://127.0.0.1:{port}"
        return Origins(f"ws://127.0.0.1:{port}", SIMULATOR, plc=http, appview=http, loopback=True)
    network = settings.network
    return Origins(settings.source.url, "", network.plc_url, network.appview_url, network.allow_loopback)


def open_sourcing(
    platform: Platform, origins: Origins, on_append: Notify, on_identity: Callable[[Did], None]
) -> Sourcing:
    """Join source, pipeline and look-ups. Raises: Rejected, when the settings name no source."""
    clock, metrics, settings = platform.clock, platform.metrics, platform.settings
    fetcher = GuardedFetcher(allow_loopback=origins.loopback, clock=clock)
    resolver = HttpResolver(fetcher, origins.plc, allow_loopback=origins.loopback, clock=clock)

    def forget(did: Did) -> None:
        resolver.purge(did)
        on_identity(did)

    source = open_source(
        origins.source,
        SourceOptions(
            verifier=CommitVerifier(VerifyMode(settings.source.verify), resolver),
            metrics=metrics,
            clock=clock,
            name=origins.name,
            start="oldest" if origins.name == SIMULATOR else settings.source.start,
            dictionary=Path(settings.source.dictionary) if settings.source.dictionary else None,
            load_state=platform.accounts.repo_state,
            on_identity=forget,
            resync=_resync(origins, resolver, platform),
            kernels=settings.source.kernels,
        ),
    )

    def appended(end: Offset, received_s: float | None) -> None:
        platform.arrivals.note(end, received_s)
        on_append()

    pipeline = IngestPipeline(
        source, platform.accounts, platform.log, metrics, clock, on_append=appended, feeds=platform.feeds
    )
    asked = HydrationConfig(appview_url=origins.appview, plc_url=origins.plc)
    if origins.name == SIMULATOR:
        asked = HydrationConfig(appview_url=origins.appview, plc_url=origins.plc, appview_per_s=0, plc_per_s=0)
    look_ups = GuardedFetcher(allow_loopback=origins.loopback, clock=clock, limits=_LOOK_UP_LIMITS)
    hydrator = Hydrator(platform.accounts, look_ups, asked, clock=clock, metrics=metrics)
    notifier = Notifier(DeliveryQueue(platform.backend.database), platform.backend.hooks, fetcher, clock, metrics)
    beside = (notifier.run,) if is_file(origins.source) else (hydrator.run, notifier.run)
    return Sourcing(pipeline.run, beside, pipeline.status)


def start_simulator(settings: Settings) -> Child | None:
    """Run the simulated network as a child process where it is the source."""
    if settings.source.url != SIMULATOR:
        return None
    arguments = {
        "--port": "0",
        "--data": str(DataFolder(Path(settings.data)).simulator),
        "--seed": str(settings.simulator.seed),
        "--rate": str(settings.simulator.rate),
    }
    return start_module("skywarden.simulator.serve", [word for pair in arguments.items() for word in pair])


def _resync(origins: Origins, resolver: HttpResolver, platform: Platform) -> ResyncConfig | None:
    """Where accounts that lost the thread are fetched: from the relay's host, then from their own."""
    parts = urlsplit(origins.source)
    if parts.scheme not in ("ws", "wss"):
        return None
    upstream = f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"
    fetcher = GuardedFetcher(allow_loopback=origins.loopback, clock=platform.clock, limits=_REPO_LIMITS)
    return ResyncConfig(fetcher=fetcher, resolver=resolver, upstream_url=upstream)
