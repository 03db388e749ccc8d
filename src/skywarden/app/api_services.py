"""A backend to what the API's methods work with."""

from skywarden.api.auth import AuthVerifier
from skywarden.api.rate_limit import RateLimits
from skywarden.api.services import Investigation, Neighbours, Services
from skywarden.api.used_tokens import SqlReplayStore
from skywarden.app.backend import Backend
from skywarden.app.surroundings import Surroundings, directory_of, upstreams_of
from skywarden.app.verifier import open_verifier
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.settings import Settings


def resolve_callers(backend: Backend, plc_url: str, *, allow_loopback: bool) -> HttpResolver:
    """Resolve those who call the API, on the server's own event loop."""
    fetcher = GuardedFetcher(allow_loopback=allow_loopback, clock=backend.clock)
    return HttpResolver(fetcher, plc_url, allow_loopback=allow_loopback, clock=backend.clock)


def make_services(
    backend: Backend, callers: HttpResolver, around: Surroundings, investigation: Investigation | None = None
) -> Services:
    """Join what the methods need. Without an investigation history cannot be asked here."""
    upstreams = upstreams_of(backend, around)
    api = backend.settings.api
    return Services(
        moderation=backend.moderation,
        scheduled=backend.scheduled,
        labels=backend.labels,
        database=backend.database,
        desk=backend.desk,
        reports=backend.reports,
        auth=AuthVerifier(
            backend.labels.did,
            callers,
            backend.clock,
            roles=backend.desk.team,
            replay=SqlReplayStore(backend.database, backend.clock),
            admin_password=api.admin_password,
        ),
        limits=RateLimits.a_minute(api.requests_per_minute, api.reports_per_minute),
        did=backend.labels.did,
        public_url=backend.public_url,
        upstreams=upstreams,
        directory=directory_of(backend, around, upstreams, callers),
        metrics=backend.metrics,
        clock=backend.clock,
        neighbours=_neighbours(backend.settings, around),
        verifier=open_verifier(backend.settings.verifier, backend.clock),
        investigation=investigation,
    )


def _neighbours(settings: Settings, around: Surroundings) -> Neighbours:
    return Neighbours(
        appview_url=around.appview.url,
        pds_url=around.pds.url,
        chat_url=around.chat.url,
        divert_url=settings.divert.url,
        verifier_did=settings.verifier.did,
    )
