"""A backend to what the API's methods work with."""

from skywarden.api.auth import AuthVerifier
from skywarden.api.services import Services
from skywarden.app.backend import Backend
from skywarden.app.surroundings import Surroundings, directory_of, upstreams_of
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver


def resolve_callers(backend: Backend, plc_url: str, *, allow_loopback: bool) -> HttpResolver:
    """Resolve those who call the API, on the server's own event loop."""
    fetcher = GuardedFetcher(allow_loopback=allow_loopback, clock=backend.clock)
    return HttpResolver(fetcher, plc_url, allow_loopback=allow_loopback, clock=backend.clock)


def make_services(backend: Backend, callers: HttpResolver, around: Surroundings) -> Services:
    """Join what the methods need."""
    upstreams = upstreams_of(backend, around)
    return Services(
        moderation=backend.moderation,
        labels=backend.labels,
        database=backend.database,
        auth=AuthVerifier(backend.labels.did, callers, backend.clock),
        did=backend.labels.did,
        public_url=backend.public_url,
        upstreams=upstreams,
        directory=directory_of(backend, around, upstreams, callers),
        metrics=backend.metrics,
        clock=backend.clock,
    )
