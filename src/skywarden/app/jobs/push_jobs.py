"""A backend to the jobs that tell other services what moderation decided, one job a service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from skywarden.api.upstream import ServiceTokens, UpstreamAddress
from skywarden.app.backend import Backend
from skywarden.app.jobs.divert import BLOB_LIMITS, Diverter
from skywarden.app.jobs.push import LIMITS, Pusher, Send, xrpc_sender
from skywarden.app.surroundings import Surroundings
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.xrpc import XrpcClient
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.moderation.jobs import Job
from skywarden.moderation.pushes import APPVIEW, DIVERT, PDS
from skywarden.moderation.pushes.queue import PushQueue

EVERY_S = 1.0
_DIVERT_S = 120.0


@dataclass(frozen=True, slots=True)
class PushJobs:
    """The jobs, and how to close their connections."""

    jobs: tuple[Job, ...]
    closers: tuple[Callable[[], Awaitable[None]], ...]


def open_push_jobs(backend: Backend, around: Surroundings, resolver: IdentityResolver) -> PushJobs:
    """Make them; nothing is connected yet."""
    to_pds, to_appview = _client(backend, around.pds), _client(backend, around.appview)
    blobs = GuardedFetcher(allow_loopback=around.loopback, limits=BLOB_LIMITS, clock=backend.clock)
    http, divert = httpx.AsyncClient(timeout=_DIVERT_S, trust_env=False), backend.settings.divert
    diverter = Diverter(divert.url, divert.password, http, blobs, resolver)
    no_appview = "" if backend.settings.network.appview_push else "network.appview_push is off"
    no_divert = "" if divert.url else "divert.url is not set"
    jobs = (
        _job(
            backend,
            PDS,
            xrpc_sender(to_pds, backend.labels.did),
            "tells the PDS of takedowns, has it send e-mails",
            _idle(around.pds),
        ),
        _job(
            backend,
            APPVIEW,
            xrpc_sender(to_appview, backend.labels.did),
            "tells the AppView of takedowns",
            no_appview or _idle(around.appview),
        ),
        _job(backend, DIVERT, diverter.send, "brings blobs of diverted records to the divert service", no_divert),
    )
    return PushJobs(jobs, (to_pds.aclose, to_appview.aclose, blobs.aclose, http.aclose))


def _job(backend: Backend, target: str, send: Send, does: str, idle: str) -> Job:
    queue, breaker = PushQueue(backend.database), HostBreaker(target, backend.clock, per_s=0)
    pusher = Pusher(target, queue, send, breaker, backend.clock, backend.metrics)
    return Job(f"push-{target}", EVERY_S, does, pusher.step, idle, pusher.due_us, pusher.pending)


def _client(backend: Backend, address: UpstreamAddress) -> XrpcClient:
    """Calls in the labeler's name; the host is the operator's own choice, so no guard stands before it."""
    tokens = ServiceTokens(backend.key, backend.labels.did, backend.clock)

    def authorize(nsid: str) -> str:
        return address.authorization(nsid, tokens) or ""

    return XrpcClient(address.url, authorize=authorize, limits=LIMITS, clock=backend.clock)


def _idle(address: UpstreamAddress) -> str:
    """Why a service cannot be told anything."""
    if not address.url:
        return f"{address.setting} is not set"
    if not address.did and not address.admin_password:
        return f"{address.setting.removesuffix('_url')}_did is not set"
    return ""
