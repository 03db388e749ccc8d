"""Settings and a choice of hosts to a run of the backfill: the whole of `skywarden backfill`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from skywarden.app.data_folder import DataFolder
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.ingest.backfill.export import Strictness
from skywarden.ingest.backfill.fetch import FetchConfig, RepoFetcher
from skywarden.ingest.backfill.listing import Page, Target, list_repos, read_dids
from skywarden.ingest.backfill.run import Backfill, BackfillCounts, BackfillPlan
from skywarden.ingest.backfill.state import BackfillState, Failure
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.log.sqlite import SqliteLog
from skywarden.settings import Settings

_DOWNLOAD_S = 600.0


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """Whose repositories, from where, how. One of `pds`, `relay`, `dids` and `retry` says who; `pds` also says where.

    `renew`: those that are held are asked for what is newer.
    """

    settings: Settings
    pds: str = ""
    relay: str = ""
    dids: Path | None = None
    retry: bool = False
    renew: bool = False
    limit: int | None = None
    verify: Strictness = Strictness.STRUCTURE
    max_bytes: int = 512_000_000
    per_s: float = 8.0
    at_once: int = 4


class BackfillSummary(msgspec.Struct, frozen=True):
    """What became of the accounts. `passed` were held, or had failed, before."""

    repos: int
    passed: int
    failed: dict[str, int]
    records: int
    quarantined: int
    megabytes: float
    seconds: float


async def run_backfill(request: BackfillRequest, told: Callable[[BackfillCounts], None]) -> BackfillSummary:
    """Fetch and store until everybody is answered.

    Raises: Rejected, for a choice that cannot be meant or a list that is none; Retryable, when a list cannot be had;
    Broken, for a damaged log or one that another process fills.
    """
    _check(request)
    clock, folder = SystemClock(), DataFolder(Path(request.settings.data))
    folder.make()
    log = SqliteLog(folder.history)
    try:
        for left in folder.downloads.glob("*.car") if folder.downloads.exists() else ():
            left.unlink()  # of a run that was killed: this one holds the log's lock
        folder.downloads.mkdir(exist_ok=True)
        began_s = clock.monotonic_s()
        counts = await _run(request, BackfillState(log, clock), folder.downloads, clock, told)
        return _summary(counts, clock.monotonic_s() - began_s)
    finally:
        log.close()


def list_failures(settings: Settings) -> list[Failure]:
    """The repositories that could not be had; beside a running backfill too. Raises: Retryable, where none ever ran."""
    log = SqliteLog(DataFolder(Path(settings.data)).history, writable=False)
    try:
        return list(BackfillState(log, SystemClock()).failures())
    finally:
        log.close()


async def _run(
    request: BackfillRequest,
    state: BackfillState,
    downloads: Path,
    clock: Clock,
    told: Callable[[BackfillCounts], None],
) -> BackfillCounts:
    network, origin = request.settings.network, _origin(request.pds)
    limits = FetchLimits(max_bytes=request.max_bytes, total_s=_DOWNLOAD_S, per_host=0)
    async with (
        GuardedFetcher(allow_loopback=network.allow_loopback, clock=clock, limits=limits) as large,
        GuardedFetcher(allow_loopback=network.allow_loopback, clock=clock) as small,
    ):
        resolver = HttpResolver(small, network.plc_url, allow_loopback=network.allow_loopback, clock=clock)
        config = FetchConfig(origin, request.verify, per_s=request.per_s, at_once=request.at_once)
        fetcher = RepoFetcher(large, resolver, config, clock, asyncio.sleep, downloads)
        plan = BackfillPlan(
            listing=urlsplit(_origin(request.relay) or origin).netloc,
            renew=request.renew,
            retry=request.retry,
            limit=request.limit,
            workers=request.at_once if origin else 4 * request.at_once,
        )
        backfill = Backfill(fetcher, state, plan, clock, told)
        return await backfill.run(_pages(request, plan, state, fetcher))


def _pages(
    request: BackfillRequest, plan: BackfillPlan, state: BackfillState, fetcher: RepoFetcher
) -> AsyncIterator[Page]:
    if request.retry:
        return _one(Page(tuple(Target(failure.did) for failure in state.failures())))
    if request.dids is not None:
        return _one(read_dids(request.dids))
    start = None if request.renew else state.listing(plan.listing)
    return list_repos(_origin(request.relay) or _origin(request.pds), fetcher.polite, start)


async def _one(page: Page) -> AsyncIterator[Page]:
    yield page


def _check(request: BackfillRequest) -> None:
    named = [bool(request.relay), request.dids is not None, request.retry]
    if sum(named) > 1 or not (any(named) or request.pds) or (request.relay and request.pds):
        hint = "--dids and --retry-failed may stand with --pds, which then serves everybody"
        raise Rejected("whose repositories?", expected="one of --pds, --relay, --dids and --retry-failed", hint=hint)


def _origin(url: str) -> str:
    """Scheme and host of a URL; a bare host is taken by https. Raises: Rejected."""
    if not url:
        return ""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
    if scheme not in ("http", "https") or not parts.netloc:
        raise Rejected("not a host", expected="https://HOST", found=url)
    return f"{scheme}://{parts.netloc}"


def _summary(counts: BackfillCounts, seconds: float) -> BackfillSummary:
    return BackfillSummary(
        repos=counts.done,
        passed=counts.passed,
        failed=dict(counts.failed),
        records=counts.records,
        quarantined=counts.quarantined,
        megabytes=counts.bytes / 1e6,
        seconds=seconds,
    )
