"""A backend to the jobs that keep it going; what a missing setting forbids is idle and says so."""

from skywarden.api.upstream import ServiceTokens, UpstreamAddress
from skywarden.api.upstream.services import appview_address, pds_address
from skywarden.app.backend import Backend
from skywarden.app.jobs.expiry import expiry_job
from skywarden.app.jobs.job_set import JobSet
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.push import LIMITS, Pusher, Send, xrpc_sender
from skywarden.app.jobs.reports import routing_job, statistics_job
from skywarden.atproto.xrpc import XrpcClient
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.kernel.clock import Clock
from skywarden.moderation.jobs import Job, JobTable
from skywarden.moderation.push_queue import PushQueue
from skywarden.moderation.pushes import APPVIEW, PDS

PUSH_EVERY_S = 1.0


def open_jobs(backend: Backend) -> JobSet:
    """Make every job; nothing is connected yet. The connections belong to the event loop that runs the jobs."""
    network, tokens = backend.settings.network, ServiceTokens(backend.key, backend.labels.did, backend.clock)
    pds = pds_address(network.pds_url, network.pds_did, network.pds_admin_password)
    appview = appview_address(network.appview_url, network.appview_did)
    to_pds, to_appview = _client(pds, tokens, backend.clock), _client(appview, tokens, backend.clock)
    jobs = (
        _push_job(backend, PDS, xrpc_sender(to_pds), "tells the PDS of takedowns, has it send e-mails", _idle(pds)),
        _push_job(
            backend,
            APPVIEW,
            xrpc_sender(to_appview),
            "tells the AppView of takedowns",
            _idle(appview) if network.appview_push else "network.appview_push is off",
        ),
        expiry_job(backend.moderation, backend.database, backend.clock),
        routing_job(backend.reports.router),
        statistics_job(backend.reports.statistics, backend.settings.moderation.statistics_s),
    )
    return JobSet(jobs, [to_pds.aclose, to_appview.aclose])


def open_loop(backend: Backend) -> JobLoop:
    """The loop that runs them, not yet started."""
    return JobLoop(open_jobs(backend), JobTable(backend.database), backend.clock, backend.metrics)


def _push_job(backend: Backend, target: str, send: Send, does: str, idle: str) -> Job:
    pusher = Pusher(
        target,
        PushQueue(backend.database),
        send,
        HostBreaker(target, backend.clock, per_s=0),
        backend.clock,
        backend.metrics,
    )
    return Job(f"push-{target}", PUSH_EVERY_S, does, pusher.step, idle, pusher.due_us, pusher.pending)


def _client(address: UpstreamAddress, tokens: ServiceTokens, clock: Clock) -> XrpcClient:
    """Calls in the labeler's name; the host is the operator's own choice, so no guard stands before it."""

    def authorize(nsid: str) -> str:
        return address.authorization(nsid, tokens) or ""

    return XrpcClient(address.url, authorize=authorize, limits=LIMITS, clock=clock)


def _idle(address: UpstreamAddress) -> str:
    """Why a service cannot be told anything."""
    if not address.url:
        return f"{address.setting} is not set"
    if not address.did and not address.admin_password:
        return f"{address.setting.removesuffix('_url')}_did is not set"
    return ""
