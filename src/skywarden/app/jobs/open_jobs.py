"""A backend to the jobs that keep it going; what a missing setting forbids is idle and says so."""

from urllib.parse import urlencode

from skywarden.app.api_services import resolve_callers
from skywarden.app.backend import Backend
from skywarden.app.detections.jobs import detection_jobs, open_runner, why_idle
from skywarden.app.detections.quality import quality_job
from skywarden.app.jobs.expiry import expiry_job
from skywarden.app.jobs.forget_beside import Blank
from skywarden.app.jobs.job_set import JobSet, threaded
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.push_jobs import open_push_jobs
from skywarden.app.jobs.reports import routing_job, statistics_job
from skywarden.app.jobs.scheduled_actions import scheduled_actions_job
from skywarden.app.jobs.strikes import strikes_job
from skywarden.app.jobs.team_profiles import team_profiles_job
from skywarden.app.jobs.undo import undo_job
from skywarden.app.jobs.verifications import (
    DOES,
    LOG_EVERY_S,
    NAME,
    logged_verifications_job,
    streamed_verifications_job,
)
from skywarden.app.jobs.warehouse_jobs import warehouse_jobs
from skywarden.app.surroundings import Surroundings, directory_of, upstreams_of
from skywarden.ingest.open import SourceOptions, open_source
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.log.contract import Log
from skywarden.moderation.desk.verifications import COLLECTION
from skywarden.moderation.jobs import Job, JobTable, Ran, Turn


def open_jobs(backend: Backend, around: Surroundings, log: Log | None = None, beside: tuple[Blank, ...] = ()) -> JobSet:
    """Make every job; nothing is connected yet. The connections belong to the event loop that runs the jobs.

    `log` is the event log of this process, if it has one; `beside` is what else of it holds people's content.
    """
    moderation, clock = backend.settings.moderation, backend.clock
    resolver = resolve_callers(backend, around.plc_url, allow_loopback=around.loopback)
    upstreams = upstreams_of(backend, around)
    directory = directory_of(backend, around, upstreams, resolver)
    pushing = open_push_jobs(backend, around, resolver)
    jobs = (
        *pushing.jobs,
        expiry_job(backend.moderation, backend.database, clock),
        scheduled_actions_job(backend.scheduled),
        undo_job(backend.undo, clock),
        strikes_job(backend.moderation, backend.database, clock),
        routing_job(backend.reports.router),
        statistics_job(backend.reports.statistics, moderation.statistics_s),
        team_profiles_job(backend.desk.team, directory, moderation.profiles_s),
        _verifications_job(backend, log),
        *warehouse_jobs(backend, log, beside),
        *detection_jobs(open_runner(backend), why_idle(backend, log)),
        quality_job(backend, why_idle(backend, log)),
    )
    return JobSet(jobs, (*pushing.closers, upstreams.aclose))


def open_loop(
    backend: Backend, around: Surroundings, log: Log | None = None, beside: tuple[Blank, ...] = ()
) -> JobLoop:
    """The loop that runs them, not yet started."""
    return JobLoop(open_jobs(backend, around, log, beside), JobTable(backend.database), backend.clock, backend.metrics)


def _verifications_job(backend: Backend, log: Log | None) -> Job:
    """From our own log where there is one, otherwise from the configured Jetstream server."""
    verifier, service = backend.settings.verifier, backend.desk.verifications
    issuers = frozenset({*verifier.issuers, *([verifier.did] if verifier.did else [])})
    if not issuers:
        return Job(NAME, LOG_EVERY_S, DOES, threaded(_nothing), idle="verifier.issuers and verifier.did are not set")
    if log is not None:
        return logged_verifications_job(service, log, issuers)
    if not verifier.jetstream_url:
        return Job(NAME, LOG_EVERY_S, DOES, threaded(_nothing), idle="verifier.jetstream_url is not set")
    query = [("wantedCollections", COLLECTION), *(("wantedDids", did) for did in sorted(issuers))]
    url = f"jetstream+{_websocket(verifier.jetstream_url)}?{urlencode(query)}"
    options = SourceOptions(CommitVerifier(VerifyMode.OFF), backend.metrics, backend.clock, start="oldest")
    return streamed_verifications_job(service, lambda cursor: open_source(url, options).chunks(cursor), issuers)


def _websocket(url: str) -> str:
    """The server's origin; Ozone's own variable may name it by https or with the method behind it."""
    origin = url.rstrip("/").removesuffix("/subscribe")
    return origin.replace("http", "ws", 1) if origin.startswith("http") else origin


def _nothing(_turn: Turn) -> Ran:
    """The step of a job that is idle."""
    return Ran()
